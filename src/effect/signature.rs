use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

/// Why a secret is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// It is not spelled as one.
    #[error("the secret does not begin with `whsec_`")]
    Prefix,
    /// What follows is no key.
    #[error("the secret is no base64 behind `whsec_`, or too short")]
    Key,
}

/// Fewer bytes than a key has by the specification.
const SHORTEST: usize = 24;

/// The header `webhook-signature` of Standard Webhooks 1.0.0: for each secret (more than one, with spaces between
/// them, while a secret is replaced) `v1,` and the base64 of HMAC-SHA256 over id, timestamp and body.
///
/// # Errors
/// When a secret is none.
pub fn sign(secrets: &str, id: &str, timestamp: u64, body: &[u8]) -> Result<String, SecretError> {
    let mut signatures = Vec::new();
    for secret in secrets.split_whitespace() {
        let key = secret.strip_prefix("whsec_").ok_or(SecretError::Prefix)?;
        let key = STANDARD.decode(key).map_err(|_| SecretError::Key)?;
        if key.len() < SHORTEST {
            return Err(SecretError::Key);
        }
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| SecretError::Key)?;
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        signatures.push(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())));
    }
    if signatures.is_empty() { Err(SecretError::Prefix) } else { Ok(signatures.join(" ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_that_of_the_specification() {
        // The example of the reference libraries of Standard Webhooks.
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let body = br#"{"test": 2432232314}"#;
        let signed = sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(signed, Ok("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=".to_owned()));
        let two = sign(&format!("{secret} {secret}"), "a", 1, b"").unwrap();
        assert_eq!(two.split(' ').count(), 2);
    }

    #[test]
    fn what_is_no_secret_is_refused() {
        assert_eq!(sign("secret", "a", 1, b""), Err(SecretError::Prefix));
        assert_eq!(sign("", "a", 1, b""), Err(SecretError::Prefix));
        assert_eq!(sign("whsec_!", "a", 1, b""), Err(SecretError::Key));
        assert_eq!(sign("whsec_AAAA", "a", 1, b""), Err(SecretError::Key));
    }
}
