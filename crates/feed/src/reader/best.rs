//! Selects the highest-ranked of several values.

/// A value and its rank: the highest wins; among equals, the first.
#[derive(Debug, Clone)]
pub struct BestValue<T> {
    value: Option<T>,
    rank: u8,
}

impl<T> Default for BestValue<T> {
    fn default() -> Self {
        Self { value: None, rank: 0 }
    }
}

impl<T> BestValue<T> {
    /// Offers a value; none changes nothing.
    pub fn offer(&mut self, rank: u8, value: Option<T>) {
        if value.is_some() && (self.value.is_none() || rank > self.rank) {
            (self.value, self.rank) = (value, rank);
        }
    }

    pub fn get(&self) -> Option<&T> {
        self.value.as_ref()
    }

    pub fn take(self) -> Option<T> {
        self.value
    }
}

impl BestValue<String> {
    /// Offers a text unless it is empty.
    pub fn offer_text(&mut self, rank: u8, text: String) {
        self.offer(rank, Some(text).filter(|text| !text.is_empty()));
    }
}

#[cfg(test)]
mod tests {
    use super::BestValue;

    #[test]
    fn the_highest_rank_wins_and_then_the_first() {
        let mut best = BestValue::default();
        for (rank, text) in [(1, "low"), (3, ""), (2, "first"), (2, "second"), (1, "late")] {
            best.offer_text(rank, text.to_owned());
        }
        assert_eq!(best.take().as_deref(), Some("first"));
    }
}
