//! Lines that no test runs are named by functions that there are.

use super::{project_file, read};

#[test]
fn docs_name_functions_that_are_there_as_not_covered() {
    let page = read("docs/coverage.md");
    let table = page.split_once("<!-- coverage-exceptions begin -->\n").unwrap().1;
    let table = table.split_once("<!-- coverage-exceptions end -->").unwrap().0;
    let mut rows = 0;
    for row in table.lines().skip(2) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(|cell| cell.trim().trim_matches('`')).collect();
        let [file, function, why] = cells[..] else { panic!("{row}") };
        assert!(project_file(file).is_file(), "{row}");
        assert!(read(file).contains(&format!("fn {function}(")), "{file} has no function {function}");
        assert!(why.ends_with('.'), "{row}");
        rows += 1;
    }
    assert!(rows > 0);
}
