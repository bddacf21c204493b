//! Languages of the pages.

use super::words::words;

words! {
    /// Language by its primary tag (BCP 47).
    #[derive(Default)]
    Language {
        #[default]
        English = "en",
        German = "de",
    }
}
