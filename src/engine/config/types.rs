//! File types that are stored for each kind of source, as set by the administrator.

use std::str::FromStr;

use crate::domain::source::Kind;

/// Allow and block lists of the administrator.
#[derive(Debug, Clone, Default)]
pub struct Types {
    /// A kind named here stores only the types listed for it.
    pub allowed: Vec<TypeRule>,
    /// Types that are never stored, even if allowed.
    pub blocked: Vec<TypeRule>,
}

/// `[kind:]type/subtype` with `*` as a wildcard, such as `podcast:audio/*` (RFC 9110, 8.3.1). Without a kind
/// it applies to all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeRule {
    kind: Option<Kind>,
    main: String,
    sub: String,
}

impl Types {
    /// # Errors
    /// A sentence for the user who wants the item.
    pub fn check(&self, kind: Kind, mime_type: &str) -> Result<(), String> {
        let mut allowed = self.allowed.iter().filter(|rule| rule.kind.is_none_or(|k| k == kind)).peekable();
        let is_allowed = allowed.peek().is_none() || allowed.any(|rule| rule.covers(mime_type));
        let is_blocked =
            self.blocked.iter().any(|rule| rule.kind.is_none_or(|k| k == kind) && rule.covers(mime_type));
        if is_allowed && !is_blocked {
            return Ok(());
        }
        Err(format!(
            "The file is {mime_type}, which this server does not keep for a source of the kind {kind}."
        ))
    }
}

impl TypeRule {
    fn covers(&self, mime_type: &str) -> bool {
        let (main, sub) = mime_type.split_once('/').unwrap_or((mime_type, ""));
        [(&self.main, main), (&self.sub, sub)]
            .iter()
            .all(|(rule, part)| *rule == "*" || rule.as_str() == *part)
    }
}

impl FromStr for TypeRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("'{text}' is not [kind:]type/subtype, such as podcast:audio/* or image/gif");
        let text = text.trim().to_ascii_lowercase();
        let (kind, of_type) = match text.split_once(':') {
            Some((kind, of_type)) => (Some(kind.trim().parse().map_err(|_| wrong())?), of_type.trim()),
            None => (None, text.as_str()),
        };
        let (main, sub) = of_type.split_once('/').ok_or_else(wrong)?;
        // Characters of a token (RFC 9110, 5.6.2), including the wildcard.
        let is_token = |part: &str| {
            !part.is_empty()
                && part.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c))
        };
        if !is_token(main) || !is_token(sub) {
            return Err(wrong());
        }
        Ok(Self { kind, main: main.to_owned(), sub: sub.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(text: &str) -> Vec<TypeRule> {
        text.split(',').filter(|rule| !rule.is_empty()).map(|rule| rule.parse().expect(rule)).collect()
    }

    fn keeps(allowed: &str, blocked: &str, kind: Kind, mime_type: &str) -> bool {
        Types { allowed: rules(allowed), blocked: rules(blocked) }.check(kind, mime_type).is_ok()
    }

    #[test]
    fn without_lists_everything_that_was_recognised_is_kept() {
        assert!(keeps("", "", Kind::Podcast, "audio/mpeg") && keeps("", "", Kind::Article, "text/html"));
    }

    #[test]
    fn a_kind_that_has_a_list_keeps_nothing_else() {
        let allowed = "podcast:audio/*,podcast:video/mp4";
        assert!(
            keeps(allowed, "", Kind::Podcast, "audio/ogg") && keeps(allowed, "", Kind::Podcast, "video/mp4")
        );
        assert!(!keeps(allowed, "", Kind::Podcast, "video/webm"));
        assert!(keeps(allowed, "", Kind::Video, "video/webm"), "another kind has no list");
    }

    #[test]
    fn what_is_blocked_is_not_kept_even_where_it_is_allowed() {
        assert!(!keeps("audio/*", "podcast:audio/ogg", Kind::Podcast, "audio/ogg"));
        assert!(keeps("audio/*", "podcast:audio/ogg", Kind::Video, "audio/ogg"));
        assert!(!keeps("", "*/*", Kind::News, "image/png"));
    }

    #[test]
    fn a_rule_that_cannot_be_read_is_refused_in_words() {
        for wrong in ["", "audio", "radio:audio/*", "audio/", "/mpeg", "audio/a b", "podcast:"] {
            assert!(wrong.parse::<TypeRule>().expect_err(wrong).contains("such as"), "{wrong}");
        }
        assert_eq!(" Podcast:Audio/MPEG ".parse(), "podcast:audio/mpeg".parse::<TypeRule>());
    }
}
