//! The two doors to a reading, remote models and the local reader, and the fall from one to the other.

use std::time::Duration;

use tokio::time::Instant;

use super::kept::Kept;
use super::{Clock, Config, Error, SecondReader, Switch, Thrift, WhenSpent};
use crate::domain::{
    Assignment, CallOutcome, CallRole, EncodedPicture, Language, MediaStage, NanoUsd, Pictures, ProviderCall,
    ProviderName, Reading, Strategy, Tokens,
};
use crate::experiment::Callable;
use crate::media::{self, Pool};
use crate::providers::{self, Answer, Hints, Providers, Shown};
use crate::telemetry::events;

/// The name under which the local reader is recorded.
const LOCAL_MODEL: &str = "tesseract";
/// Kept of the deadline for each reader that may have to answer after the one that is asked.
const RESERVE: Duration = Duration::from_secs(8);

/// From here on of the budget, money is saved.
const SAVE_AT_PERCENT: u8 = 80;

/// Everything that can read pictures.
pub(super) struct Readers {
    media: Pool,
    providers: Providers,
    local_fallback: bool,
    thrift: Thrift,
    when_spent: WhenSpent,
    reads_twice: bool,
    clock: Clock,
}

/// A reading and how it came about.
#[derive(Debug)]
pub(super) struct Read {
    pub reading: Reading,
    /// What the local reader was sure of, where it was the reader.
    pub confident_text: Option<String>,
    pub serving: ProviderName,
    pub model: String,
    pub calls: Vec<ProviderCall>,
    pub sent: Sent,
    pub image_tokens: u32,
}

/// What a reader was shown.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sent {
    /// Pictures, or one film.
    pub images: u32,
    /// Their files; 0 where it was given pixels.
    pub bytes: u64,
}

type Attempted<T> = Result<T, (Error, Vec<ProviderCall>)>;

impl Readers {
    pub fn new(config: &Config, media: Pool, providers: Providers, clock: Clock) -> Self {
        events::reader_set_up(ProviderName::Local, LOCAL_MODEL);
        Self {
            media,
            providers,
            local_fallback: config.local_fallback == Switch::On,
            thrift: config.budget_at_80_percent,
            when_spent: config.budget_at_100_percent,
            reads_twice: config.vegan_second_reading == SecondReader::Local,
            clock,
        }
    }

    /// The arms that can be called, in order of preference; the local reader is always last and always there.
    pub fn assignable(&self) -> Vec<Callable> {
        callable(&self.providers)
    }

    /// How an upload is prepared for the assigned arm.
    pub fn strategy(&self, assignment: &Assignment) -> Strategy {
        self.of(assignment).strategy(assignment.arm, assignment.strategy())
    }

    /// The readers among which the assigned arm is found: its own, where it has a model or prompt of its own.
    fn of(&self, assignment: &Assignment) -> &Providers {
        self.providers.of_arm(assignment.arm_name())
    }

    /// Whether so much of the budget is taken that nothing may be spent on anything but answers.
    pub fn saves_money(&self) -> bool {
        self.providers.budget_taken_percent() >= SAVE_AT_PERCENT
    }

    pub fn troubled_providers(&self) -> Vec<ProviderName> {
        self.providers.troubled()
    }

    /// Everything that a reading by the assigned arm depends on beside the upload; `None` for the local reader, which
    /// costs nothing.
    pub fn describe(&self, assignment: &Assignment) -> Option<String> {
        self.of(assignment).describe(assignment.arm, assignment.strategy())
    }

    /// A reading of the assigned arm that was kept: nobody was asked.
    pub fn kept(&self, assignment: &Assignment, kept: &Kept) -> Read {
        let arm = assignment.arm;
        let requested = self.of(assignment).model(arm).unwrap_or(&kept.model);
        let call = ProviderCall {
            started_at_ms: self.clock.now_ms(),
            step: None,
            serving: arm,
            role: CallRole::Primary,
            outcome: CallOutcome::Cached,
            requested_model: requested.to_owned(),
            served_model: Some(kept.model.clone()),
            prompt_hash: None,
            provider_ms: 0,
            tokens: Tokens::default(),
            cost: NanoUsd(0),
        };
        events::provider_called(&call);
        Read {
            reading: kept.reading.clone(),
            confident_text: None,
            serving: arm,
            model: kept.model.clone(),
            calls: vec![call],
            sent: Sent { images: kept.facts.images_sent, bytes: kept.facts.bytes_sent },
            image_tokens: kept.facts.image_tokens,
        }
    }

    /// Asks the assigned arm; where it fails and another may answer, the other remote ones but those that are `barred`,
    /// then the local reader.
    pub async fn read(
        &self,
        assignment: &Assignment,
        barred: &[ProviderName],
        pictures: &Pictures,
        language: Language,
        deadline: Instant,
    ) -> Attempted<Read> {
        let mut order = self.order(assignment, barred);
        let mut made = Vec::new();
        let mut first_error = None;
        let mut place = 0;
        while let Some(arm) = order.get(place).copied() {
            place += 1;
            let role = if arm == assignment.arm { CallRole::Primary } else { CallRole::Fallback };
            // What is left is shared: a reserve for those after it, but half of it for this one.
            let left = deadline.saturating_duration_since(Instant::now());
            let until =
                deadline - RESERVE.saturating_mul(to_come(arm, &order[place..], self.reads_twice)).min(left / 2);
            let wished = assignment.strategy().filter(|_| arm == assignment.arm);
            let providers = if arm == assignment.arm { self.of(assignment) } else { &self.providers };
            let strategy = providers.strategy(arm, wished);
            match self.read_by((arm, providers), role, (pictures, strategy), language, until).await {
                Ok(mut read) => {
                    made.append(&mut read.calls);
                    return Ok(Read { calls: made, ..read });
                }
                Err((error, mut calls)) => {
                    made.append(&mut calls);
                    let is_spent = matches!(error, Error::Provider(providers::Error::BudgetSpent));
                    // Why the assigned arm failed says more than why its stand-ins did.
                    first_error.get_or_insert(error);
                    match self.when_spent {
                        WhenSpent::Refuse if is_spent => break,
                        WhenSpent::Local if is_spent && assignment.may_fall_back() => add_local(&mut order),
                        WhenSpent::Refuse | WhenSpent::Local => {}
                    }
                }
            }
        }
        Err((first_error.unwrap_or(Error::Interrupted), made))
    }

    /// Asks an arm for comparison alone: nobody stands in for it, and it has the time that an assigned one has.
    pub async fn shadow(
        &self,
        assignment: &Assignment,
        pictures: &Pictures,
        language: Language,
        deadline: Instant,
    ) -> Attempted<Read> {
        let (shown, of) = ((pictures, self.strategy(assignment)), (assignment.arm, self.of(assignment)));
        let left = deadline.saturating_duration_since(Instant::now());
        self.read_by(of, CallRole::Shadow, shown, language, deadline - (2 * RESERVE).min(left / 2)).await
    }

    /// The assigned arm, and who answers in its place; where money is short, who saves it.
    fn order(&self, assignment: &Assignment, barred: &[ProviderName]) -> Vec<ProviderName> {
        if !assignment.may_fall_back() || assignment.arm == ProviderName::Local {
            return vec![assignment.arm];
        }
        let may = |arm: &ProviderName| !barred.contains(arm);
        let others = self.providers.callable().filter(|arm| *arm != assignment.arm).filter(may);
        let saves = self.saves_money();
        let mut order: Vec<ProviderName> = match self.thrift {
            Thrift::Local if saves => return vec![ProviderName::Local],
            Thrift::Cheapest if saves => {
                self.providers.cheapest_first(self.clock.now_ms()).into_iter().filter(may).collect()
            }
            Thrift::Warn | Thrift::Cheapest | Thrift::Local => [assignment.arm].into_iter().chain(others).collect(),
        };
        if self.local_fallback {
            add_local(&mut order);
        }
        order
    }

    async fn read_by(
        &self,
        (arm, providers): (ProviderName, &Providers),
        role: CallRole,
        (pictures, strategy): (&Pictures, Strategy),
        language: Language,
        until: Instant,
    ) -> Attempted<Read> {
        match arm {
            ProviderName::Local => self.read_locally(role, pictures, until).await,
            ProviderName::Gemini | ProviderName::Claude | ProviderName::Openai | ProviderName::Scripted => {
                self.read_remotely((arm, providers), role, (pictures, strategy), language, until).await
            }
        }
    }

    async fn read_remotely(
        &self,
        (arm, providers): (ProviderName, &Providers),
        role: CallRole,
        (pictures, strategy): (&Pictures, Strategy),
        language: Language,
        deadline: Instant,
    ) -> Attempted<Read> {
        let unassignable = || (Error::from(crate::experiment::Unassignable(arm)), Vec::new());
        let answer = match providers.refusal(arm, role, self.clock.now_ms()) {
            Some(refusal) => (Some(refusal), Sent::default()),
            None => self
                .ask((arm, providers), role, (pictures, strategy), language, deadline)
                .await
                .map_err(|error| (error, Vec::new()))?,
        };
        let (answer, sent) = answer;
        let Answer { reading, calls, image_tokens } = answer.ok_or_else(unassignable)?;
        calls.iter().for_each(events::provider_called);
        let reading = match reading {
            Ok(reading) => reading,
            Err(error) => return Err((Error::Provider(error), calls)),
        };
        let answered = calls.last();
        let model = answered.map(|call| call.served_model.as_ref().unwrap_or(&call.requested_model).clone());
        let model = model.unwrap_or_default();
        Ok(Read { reading, confident_text: None, serving: arm, model, calls, sent, image_tokens })
    }

    /// Encodes the pictures as the arm takes them and asks it. Also returns what it was shown.
    async fn ask(
        &self,
        (arm, providers): (ProviderName, &Providers),
        role: CallRole,
        (pictures, strategy): (&Pictures, Strategy),
        language: Language,
        deadline: Instant,
    ) -> Result<(Option<Answer>, Sent), Error> {
        let Some(tier) = providers.tier(arm) else { return Ok((None, Sent::default())) };
        let clip = pictures.clip.as_ref().filter(|_| strategy == Strategy::Clip);
        let encoded = match clip {
            Some(_) => Vec::new(),
            None => encode(pictures, tier).await?,
        };
        let lengths = encoded.iter().map(|picture| picture.bytes.len()).chain(clip.map(|clip| clip.bytes.len()));
        let sent = lengths.fold(Sent::default(), |Sent { images, bytes }, length| Sent {
            images: images + 1,
            bytes: bytes + length as u64,
        });
        let (shown, hints) = (Shown { pictures: &encoded, clip }, Hints { language });
        let answer = providers.read(arm, role, shown, hints, self.clock.now_ms(), deadline).await;
        Ok((answer, sent))
    }

    async fn read_locally(&self, role: CallRole, pictures: &Pictures, deadline: Instant) -> Attempted<Read> {
        let (started_at_ms, began) = (self.clock.now_ms(), Instant::now());
        let read = self.media.read_text(pictures, deadline).await;
        let call = ProviderCall {
            started_at_ms,
            step: None,
            serving: ProviderName::Local,
            role,
            outcome: read.as_ref().map_or_else(local_outcome, |_| CallOutcome::Ok),
            requested_model: LOCAL_MODEL.to_owned(),
            served_model: read.is_ok().then(|| LOCAL_MODEL.to_owned()),
            prompt_hash: None,
            provider_ms: u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX),
            tokens: Tokens::default(),
            cost: NanoUsd(0),
        };
        events::provider_called(&call);
        let calls = vec![call];
        match read {
            Ok(local) => Ok(Read {
                reading: local.reading,
                confident_text: Some(local.confident_text),
                serving: ProviderName::Local,
                model: LOCAL_MODEL.to_owned(),
                calls,
                sent: Sent { images: pictures.facts.images_sent, bytes: 0 },
                image_tokens: 0,
            }),
            Err(error) => Err((Error::Media(error), calls)),
        }
    }
}

/// The readers that can be called, in order of preference; the local reader is always last and always there.
#[must_use]
pub fn callable(providers: &Providers) -> Vec<Callable> {
    let remote = providers.callable().map(|provider| {
        let model = providers.model(provider).unwrap_or_default().to_owned();
        Callable { provider, model }
    });
    remote.chain([Callable { provider: ProviderName::Local, model: LOCAL_MODEL.to_owned() }]).collect()
}

/// How many readings may have to be made after that of `arm`: those of the `others` in its place, and the second one of
/// what a remote model read, which is a local one too.
fn to_come(arm: ProviderName, others: &[ProviderName], reads_twice: bool) -> u32 {
    let local = |name: &ProviderName| *name == ProviderName::Local;
    let second = reads_twice && !local(&arm) && !others.iter().any(local);
    u32::try_from(others.len() + usize::from(second)).unwrap_or(u32::MAX)
}

fn add_local(order: &mut Vec<ProviderName>) {
    if !order.contains(&ProviderName::Local) {
        order.push(ProviderName::Local);
    }
}

fn local_outcome(error: &media::Error) -> CallOutcome {
    if matches!(error, media::Error::Deadline) { CallOutcome::Timeout } else { CallOutcome::Server }
}

async fn encode(pictures: &Pictures, tier: crate::domain::Tier) -> Result<Vec<EncodedPicture>, Error> {
    let pictures = pictures.clone();
    let began = Instant::now();
    let encoded = tokio::task::spawn_blocking(move || media::encode(&pictures, &tier)).await;
    events::media_worked(MediaStage::Encode, began.elapsed());
    match encoded {
        Ok(encoded) => encoded.map_err(Error::Media),
        Err(_panicked) => Err(Error::Interrupted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ProviderName::{Claude, Gemini, Local};

    #[test]
    fn time_is_kept_for_the_second_reading_also_where_nobody_else_may_answer() {
        assert_eq!(to_come(Gemini, &[], true), 1);
        assert_eq!(to_come(Gemini, &[], false), 0);
        assert_eq!(to_come(Gemini, &[Claude], true), 2);
    }

    #[test]
    fn one_local_reading_is_enough_whichever_it_is() {
        assert_eq!(to_come(Gemini, &[Claude, Local], true), 2);
        assert_eq!(to_come(Local, &[], true), 0);
    }
}
