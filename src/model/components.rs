//! Tasks that wait for each other.

use std::collections::HashMap;

use super::{Dependency, TaskId};

/// The strongly connected component of every task that has dependencies (Tarjan 1972, without
/// recursion: a chain of ten thousand tasks must not exhaust the stack). Tasks share a number if
/// and only if they wait for each other. The order is that of `edges`.
pub(super) fn components<'a>(edges: &[(&'a TaskId, &[Dependency])]) -> Vec<(&'a TaskId, usize)> {
    let number: HashMap<&TaskId, usize> = edges.iter().enumerate().map(|(at, (id, _))| (*id, at)).collect();
    let targets: Vec<Vec<usize>> = edges
        .iter()
        .map(|(_, list)| list.iter().filter_map(|dependency| number.get(&dependency.id).copied()).collect())
        .collect();
    edges.iter().map(|(id, _)| *id).zip(tarjan(&targets)).collect()
}

fn tarjan(targets: &[Vec<usize>]) -> Vec<usize> {
    const UNSEEN: usize = usize::MAX;
    let size = targets.len();
    let (mut order, mut low, mut component) = (vec![UNSEEN; size], vec![0; size], vec![UNSEEN; size]);
    let (mut stack, mut clock, mut found) = (Vec::new(), 0, 0);
    for root in 0..size {
        if order.get(root) != Some(&UNSEEN) {
            continue;
        }
        let mut path: Vec<(usize, usize)> = vec![(root, 0)];
        while let Some((node, edge)) = path.pop() {
            if edge == 0 {
                set(&mut order, node, clock);
                set(&mut low, node, clock);
                clock += 1;
                stack.push(node);
            }
            if let Some(target) = targets.get(node).and_then(|list| list.get(edge)).copied() {
                path.push((node, edge + 1));
                if get(&order, target) == UNSEEN {
                    path.push((target, 0));
                } else if get(&component, target) == UNSEEN {
                    let least = get(&low, node).min(get(&order, target));
                    set(&mut low, node, least);
                }
                continue;
            }
            if get(&low, node) == get(&order, node) {
                while let Some(member) = stack.pop() {
                    set(&mut component, member, found);
                    if member == node {
                        break;
                    }
                }
                found += 1;
            }
            if let Some((above, _)) = path.last().copied() {
                let least = get(&low, above).min(get(&low, node));
                set(&mut low, above, least);
            }
        }
    }
    component
}

fn get(list: &[usize], at: usize) -> usize {
    list.get(at).copied().unwrap_or(usize::MAX)
}

fn set(list: &mut [usize], at: usize, value: usize) {
    if let Some(slot) = list.get_mut(at) {
        *slot = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_chain_does_not_exhaust_the_stack() {
        let targets: Vec<Vec<usize>> = (0..200_000).map(|at| vec![(at + 1) % 200_000]).collect();
        assert!(tarjan(&targets).iter().all(|component| *component == 0));
    }
}
