//! The steps of a plan and how long each is watched.

use crate::domain::Share;

/// Shares that grow, each with its bake time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    steps: Vec<(Share, i64)>,
}

impl Plan {
    /// Reads `10:48h,50:48h,100:48h`: percent and bake time (`s`, `m` or `h`), shares growing to 100.
    ///
    /// # Errors
    /// What a plan looks like.
    pub fn parse(text: &str) -> Result<Self, String> {
        let steps: Option<Vec<_>> = text.split(',').map(step).collect();
        let grows = |steps: &Vec<(Share, i64)>| {
            steps.windows(2).all(|pair| pair[0].0 < pair[1].0)
                && steps.first().is_some_and(|first| first.0 > Share::NOBODY)
                && steps.last().is_some_and(|last| last.0 == Share::EVERYBODY)
        };
        let steps = steps.filter(grows).ok_or("steps like `10:48h,50:48h,100:48h`, growing to 100")?;
        Ok(Self { steps })
    }

    /// The first share above `share`; `None` at the end.
    #[must_use]
    pub fn next(&self, share: Share) -> Option<Share> {
        self.steps.iter().map(|step| step.0).find(|next| *next > share)
    }

    /// How long `share` is watched, milliseconds: as the step it belongs to.
    #[must_use]
    pub fn bake_ms(&self, share: Share) -> i64 {
        let step = self.steps.iter().find(|step| step.0 >= share).or(self.steps.last());
        step.map_or(0, |step| step.1)
    }

    /// How many steps `share` has reached.
    #[must_use]
    pub fn reached(&self, share: Share) -> usize {
        self.steps.iter().filter(|step| step.0 <= share).count()
    }
}

fn step(text: &str) -> Option<(Share, i64)> {
    let (share, time) = text.trim().split_once(':')?;
    let unit = time.chars().last()?;
    let unit_ms = match unit {
        's' => 1_000,
        'm' => 60_000,
        'h' => 3_600_000,
        _ => return None,
    };
    let number: u32 = time.strip_suffix(unit)?.parse().ok()?;
    Some((Share::parse(share).ok()?, i64::from(number) * unit_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_read_and_followed() {
        let plan = Plan::parse("0.5:90s, 50:30m,100:48h").unwrap();
        let [half, middle, all] = ["0.5", "50", "100"].map(|text| Share::parse(text).unwrap());
        assert_eq!(plan.next(Share::NOBODY), Some(half));
        assert_eq!(plan.next(Share::parse("25").unwrap()), Some(middle));
        assert_eq!(plan.next(all), None);
        assert_eq!([half, middle, all].map(|share| plan.bake_ms(share)), [90_000, 1_800_000, 172_800_000]);
        assert_eq!(plan.reached(Share::parse("50").unwrap()), 2);
    }

    #[test]
    fn a_plan_that_shrinks_stops_short_or_cannot_be_read_is_refused() {
        for text in
            ["", "100", "50:1h,10:1h,100:1h", "10:1h,50:1h", "0:1h,100:1h", "10:1d,100:1h", "10:1h,10:1h,100:1h"]
        {
            assert!(Plan::parse(text).is_err(), "{text}");
        }
    }
}
