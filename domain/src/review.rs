//! Reviews of items by a model, each for one user. Other followers of the source never see it: the model had
//! read that user's wishes and a publisher's text.

use serde::{Deserialize, Serialize};

use super::refusal::Refusal;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Review {
    /// Plain text.
    pub summary: String,
    /// 0 to 1.
    pub quality_score: f64,
    pub quality_reasons: Vec<String>,
    pub model: String,
    /// SHA-256 of the text that was read.
    pub text_sha256: String,
}

/// Model output before validation.
#[derive(Debug, Clone, Deserialize)]
pub struct Verdict {
    pub summary: String,
    pub quality: f64,
    #[serde(default)]
    pub reasons: Vec<String>,
}

const MAX_SUMMARY: usize = 2_000;
const MAX_REASON: usize = 160;
const MAX_REASONS: usize = 6;

impl Verdict {
    /// # Errors
    /// Invalid if the summary is empty or the quality is not between 0 and 1.
    pub fn check(self) -> Result<Self, Refusal> {
        let one_line = |text: String, most: usize| -> String {
            let words: Vec<_> = text.split_whitespace().collect();
            words.join(" ").chars().filter(|c| *c != '\0').take(most).collect()
        };
        let summary = one_line(self.summary, MAX_SUMMARY);
        if summary.is_empty() {
            return Err(Refusal::field("summary", "It is empty."));
        }
        if !(0.0..=1.0).contains(&self.quality) {
            return Err(Refusal::field("quality", "It is no number between 0 and 1."));
        }
        let reasons = self.reasons.into_iter().map(|reason| one_line(reason, MAX_REASON));
        let reasons = reasons.filter(|reason| !reason.is_empty()).take(MAX_REASONS).collect();
        Ok(Self { summary, quality: (self.quality * 100.0).round() / 100.0, reasons })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(summary: &str, quality: f64) -> Result<Verdict, Refusal> {
        let reasons = vec![" clear\nwords ".into(), String::new()];
        Verdict { summary: summary.into(), quality, reasons }.check()
    }

    #[test]
    fn what_a_model_says_is_cut_to_one_line_of_words() {
        let said = verdict("Trains\n\nrun  at night.\0", 0.8049).expect("is fine");
        assert_eq!((said.summary.as_str(), said.quality), ("Trains run at night.", 0.8));
        assert_eq!(said.reasons, ["clear words"]);
        assert_eq!(
            verdict(&"long ".repeat(2_000), 1.0).expect("is fine").summary.chars().count(),
            MAX_SUMMARY
        );
    }

    #[test]
    fn what_is_no_verdict_is_refused() {
        for wrong in [verdict(" \n", 0.5), verdict("Fine.", 7.0), verdict("Fine.", f64::NAN)] {
            assert!(wrong.is_err());
        }
    }
}
