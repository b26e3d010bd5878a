//! Who gets a mail, as written: `ann@example.org`, or `Ann <ann@example.org>` (RFC 5322, 3.4).

use lettre::message::Mailbox;

use super::variable::{Piece, pieces};

/// Whether no mail can ever be sent there, as it is written. What variables hold is known where the mail is sent, and nowhere before.
#[must_use]
pub fn is_no_mail_address(text: &str) -> bool {
    let mut plain = String::new();
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => plain.push_str(text),
            Piece::Variable { .. } => return false,
        }
    }
    plain.parse::<Mailbox>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_sent_to_is_an_address() {
        for sound in ["ann@example.org", "Ann <ann@example.org>", "\"Ann, B.\" <a@b.c>", "${WHO}", "${WHO}@example.org"]
        {
            assert!(!is_no_mail_address(sound), "{sound}");
        }
        for odd in ["", "devs at example.org", "ann", "ann@", "a@b.c, d@e.f", "$${WHO}"] {
            assert!(is_no_mail_address(odd), "{odd}");
        }
    }
}
