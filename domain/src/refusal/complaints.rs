//! Errors of a form, collected before it is refused.

use super::{FieldError, Refusal};

/// Collects the errors of a form, so that the user sees all of them at once.
#[derive(Debug, Default)]
pub struct Complaints(Vec<FieldError>);

impl Complaints {
    pub fn check(&mut self, fine: bool, field: &str, message: impl Into<String>) {
        if !fine {
            self.0.push(FieldError::new(field, message));
        }
    }

    /// Checks the length of a request's list before any work on it. Returns an empty list if it is too long.
    pub fn bounded<T>(&mut self, list: Vec<T>, most: usize, field: &str, noun: &str) -> Vec<T> {
        if list.len() <= most {
            return list;
        }
        self.check(false, field, format!("Name at most {most} {noun}, not {}.", list.len()));
        Vec::new()
    }

    /// Like [`bounded`](Self::bounded), sorted and each once.
    pub fn bounded_set<T: Ord>(&mut self, list: Vec<T>, most: usize, field: &str, noun: &str) -> Vec<T> {
        let mut set = self.bounded(list, most, field, noun);
        set.sort();
        set.dedup();
        set
    }

    pub fn finish(self) -> Result<(), Refusal> {
        if self.0.is_empty() { Ok(()) } else { Err(Refusal::Invalid { fields: self.0 }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_is_too_long_is_counted_and_thrown_away() {
        let mut complaints = Complaints::default();
        assert_eq!(complaints.bounded(vec![1, 2], 2, "numbers", "numbers"), [1, 2]);
        assert!(complaints.bounded(vec![1, 2, 3], 2, "numbers", "numbers").is_empty());
        let refusal = complaints.finish().expect_err("one list was too long");
        assert_eq!(refusal.fields(), [FieldError::new("numbers", "Name at most 2 numbers, not 3.")]);
    }
}
