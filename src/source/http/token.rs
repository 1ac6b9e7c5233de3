//! The token of a source, from the environment only: never stored, never shown.

use std::env;
use std::fmt;

/// What a server takes as proof of who asks.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// `SKILLMEAT_TOKEN_<SOURCE>`; none where it is unset or empty.
    pub(super) fn of(source: &str) -> Option<Self> {
        env::var(variable(source)).ok().and_then(|token| Self::new(&token))
    }

    pub(super) fn new(token: &str) -> Option<Self> {
        let token = token.trim();
        (!token.is_empty()).then(|| Self(token.to_owned()))
    }

    /// The value of `Authorization`; none when the token could not stand there.
    pub(super) fn header(&self) -> Option<String> {
        self.0.bytes().all(|byte| byte.is_ascii_graphic()).then(|| format!("Bearer {}", self.0))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// The variable that may hold a source's token: `my-team` has `SKILLMEAT_TOKEN_MY_TEAM`.
pub fn variable(source: &str) -> String {
    let sign = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    format!("SKILLMEAT_TOKEN_{}", source.chars().map(sign).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_never_shown() {
        let token = Token::new(" s3cret\n").unwrap();
        assert_eq!(format!("{token:?}"), "Token(…)");
        assert_eq!(token.header().as_deref(), Some("Bearer s3cret"));
        assert_eq!(Token::new("a\r\nb").unwrap().header(), None);
        assert!(Token::new("").is_none());
        assert_eq!(variable("my-team.x"), "SKILLMEAT_TOKEN_MY_TEAM_X");
    }
}
