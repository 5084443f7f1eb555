//! Italian or English for what people read. JSON is the same in both.

use clap::ValueEnum;

/// The language of readable output. The list is closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Lang {
    /// Italian.
    It,
    /// English.
    #[default]
    En,
}

impl Lang {
    /// The language of a locale, as `LC_ALL`, `LC_MESSAGES` and `LANG` give it, the first that is
    /// set; English if none is.
    ///
    /// ```
    /// use pec_client::lang::Lang;
    /// let italian = |name: &str| (name == "LANG").then(|| "it_IT.UTF-8".to_owned());
    /// assert_eq!(Lang::of_locale(italian), Lang::It);
    /// assert_eq!(Lang::of_locale(|_| None), Lang::En);
    /// ```
    #[must_use]
    pub fn of_locale(variable: impl Fn(&str) -> Option<String>) -> Self {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(variable)
            .find(|value| !value.is_empty());
        let is_italian = locale.is_some_and(|locale| {
            let language = locale.split(['_', '.', '@']).next().unwrap_or_default();
            language.eq_ignore_ascii_case("it")
        });
        if is_italian { Self::It } else { Self::En }
    }

    /// One of two texts.
    #[must_use]
    pub const fn say<'t>(self, english: &'t str, italian: &'t str) -> &'t str {
        match self {
            Self::It => italian,
            Self::En => english,
        }
    }
}
