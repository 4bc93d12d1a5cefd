//! What the stand-in does, by the name of the model.

macro_rules! behaviours {
    ($($(#[$doc:meta])* $variant:ident = $name:literal;)*) => {
        /// What a model named `stub-<name>` does.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Behaviour { $($(#[$doc])* $variant,)* }

        impl Behaviour {
            /// Every one with its name.
            pub const ALL: &[(&str, Self)] = &[$(($name, Self::$variant),)*];
        }
    };
}

behaviours! {
    /// Reads a vegan list.
    Ok = "ok";
    /// Reads a list with cream in it.
    Cream = "cream";
    /// As `ok`, after two seconds.
    Slow = "slow";
    /// As `ok`, after thoughts.
    Thinking = "thinking";
    /// As `ok`, by another model than was asked for.
    OtherModel = "other-model";
    /// Fails on its side the first time, then as `ok`.
    Flaky = "flaky";
    /// As `ok`, but every twenty-first time it drips.
    Stutters = "stutters";
    /// Fails on its side, and says that trying again is no use.
    Final = "final";
    /// Says when to come back, as a date.
    Dated = "dated";
    /// As `ok`, without a word of what it used.
    Uncounted = "uncounted";
    /// Says when to come back.
    Limited = "limited";
    /// No more today, or no more money.
    Spent = "spent";
    /// Too busy: 529, or 503 where the vendor does not know that.
    Overloaded = "overloaded";
    /// 500.
    Broken = "broken";
    /// Does not take the key.
    Key = "key";
    /// Is not known.
    Unknown = "unknown";
    /// Declines.
    Refusal = "refusal";
    /// Is stopped by a filter while it writes.
    Safety = "safety";
    /// The prompt is stopped by a filter.
    Blocked = "blocked";
    /// Ends as if all were well in the middle of the JSON.
    Cut = "cut";
    /// Runs out of output tokens.
    MaxTokens = "max-tokens";
    /// Not the vendor's form: a web page with 200.
    Garbage = "garbage";
    /// Prose in the vendor's form.
    Prose = "prose";
    /// JSON of another form than was asked for.
    Schema = "schema";
    /// An empty list on a legible label.
    Empty = "empty";
    /// A list that its own transcription does not have.
    Invents = "invents";
    /// Obeys the label: a list with milk in it is called vegan, and the milk left out.
    Injected = "injected";
    /// Nothing at all, and the connection stays open.
    Hangs = "hangs";
    /// A blank now and then, for ever.
    Drips = "drips";
    /// Half an answer, and the connection stays open.
    Stalls = "stalls";
    /// Half an answer, and the connection breaks.
    Drops = "drops";
    /// An endless answer.
    Huge = "huge";
    /// Sends elsewhere.
    Redirects = "redirects";
}

impl Behaviour {
    /// Of a model's name; whatever is no name of a behaviour reads a vegan list.
    #[must_use]
    pub fn of_model(model: &str) -> Self {
        let name = model.rsplit('/').next().unwrap_or(model);
        let name = name.strip_prefix("stub-").unwrap_or(name);
        Self::ALL.iter().find(|(known, _)| *known == name).map_or(Self::Ok, |(_, behaviour)| *behaviour)
    }

    /// What it does when it was asked so many `times` before.
    #[must_use]
    pub fn nth(self, times: u32) -> Self {
        match self {
            Self::Stutters if times % 21 == 20 => Self::Drips,
            other => other,
        }
    }
}
