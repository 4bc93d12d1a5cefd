//! Every error code the service answers with, one table; and how the errors of the path become codes.

use std::fmt;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};

use crate::domain::Language;
use crate::telemetry::events;
use crate::{media, pipeline, providers, store};

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $status:literal $name:literal, $retry:literal, $sv:literal, $en:literal;)*) => {
        /// An error code: what clients branch on.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[$doc])* $variant,)* }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The HTTP status.
            #[must_use]
            pub fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }

            /// The spelling in `error`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The code of this spelling.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.as_str() == text)
            }

            /// Whether the same request can succeed later.
            #[must_use]
            pub fn retry_can_help(self) -> bool {
                match self { $(Self::$variant => $retry,)* }
            }

            /// What to do, in `language` (Swedish or English); `{}` stands for the particular.
            #[must_use]
            pub fn advice(self, language: Language) -> &'static str {
                if language == Language::Sv {
                    match self { $(Self::$variant => $sv,)* }
                } else {
                    match self { $(Self::$variant => $en,)* }
                }
            }
        }
    };
}

codes! {
    /// Not JSON.
    InvalidJson = 400 "INVALID_JSON", false,
        "Begäran är inte giltig JSON.",
        "The request is not valid JSON.";
    /// Nothing to analyse.
    MissingContent = 400 "MISSING_CONTENT", false,
        "Det finns inget att analysera. Skicka en bild, en video eller text.",
        "There is nothing to analyse. Send a picture, a video or text.";
    /// A member of the wrong type or form.
    InvalidContentFormat = 400 "INVALID_CONTENT_FORMAT", false,
        "Ett fält har fel form: {}.",
        "A field has the wrong form: {}.";
    /// Not base64.
    InvalidBase64 = 400 "INVALID_BASE64", false,
        "Bilden eller videon är inte giltig base64.",
        "The picture or video is not valid base64.";
    /// More than one thing to analyse.
    AmbiguousContent = 400 "AMBIGUOUS_CONTENT", false,
        "Skicka antingen en bild, flera bilder i fältet images eller en video, inte flera av dem.",
        "Send either one picture, several in the field images, or one video, not more than one of these.";
    /// No or a wrong token or key.
    Unauthenticated = 401 "UNAUTHENTICATED", false,
        "Den här adressen kräver en giltig token eller nyckel.",
        "This route needs a valid token or key.";
    /// A browser on a page of another origin, or a user who asks for what is another's.
    Forbidden = 403 "FORBIDDEN", false,
        "Det här är inte tillåtet: webbsidan är inte godkänd, eller så gäller det en annan användare.",
        "This is not allowed: the page is not approved, or it concerns another user.";
    /// This month's analyses are used.
    UsageLimitExceeded = 403 "USAGE_LIMIT_EXCEEDED", false,
        "Du har använt månadens {} analyser. Nya finns den första i nästa månad.",
        "You have used this month's {} analyses. There are new ones on the first of next month.";
    /// `provider` without the right to it.
    ProviderOverrideForbidden = 403 "PROVIDER_OVERRIDE_FORBIDDEN", false,
        "Här går det inte att välja leverantör. Ta bort fältet provider.",
        "Choosing a provider is not allowed here. Leave out the field provider.";
    /// No such route or record.
    NotFound = 404 "NOT_FOUND", false,
        "Det finns inget här.{}",
        "There is nothing here.{}";
    /// The route does not take this method.
    MethodNotAllowed = 405 "METHOD_NOT_ALLOWED", false,
        "Adressen tar inte emot den metoden.",
        "The route does not take this method.";
    /// The rollout is another than the caller knew.
    StaleVersion = 409 "STALE_VERSION", false,
        "Utrullningen har ändrats under tiden. Läs den igen och gör ändringen utifrån den nya versionen.",
        "The rollout has changed meanwhile. Read it again and make the change from its new version.";
    /// Another request with the same key is at it.
    DuplicateRequest = 409 "DUPLICATE_REQUEST", true,
        "Samma förfrågan behandlas redan. Fråga igen om en liten stund.",
        "The same request is being worked on. Ask again in a moment.";
    /// The key was used for something else.
    IdempotencyConflict = 409 "IDEMPOTENCY_CONFLICT", false,
        "Nyckeln är redan använd för något annat. Välj en ny för varje analys.",
        "The key was used for something else. Choose a new one for each analysis.";
    /// The body came too slowly.
    UploadTimeout = 408 "UPLOAD_TIMEOUT", true,
        "Uppladdningen tog för lång tid. Försök igen med bättre täckning eller en kortare video.",
        "The upload took too long. Try again with a better connection or a shorter video.";
    /// The body is too large.
    PayloadTooLarge = 413 "PAYLOAD_TOO_LARGE", false,
        "Filen är för stor: högst {} går att skicka. Filma kortare eller med lägre upplösning.",
        "The file is too large: at most {} can be sent. Film for a shorter time or at a lower resolution.";
    /// A body or file of no supported type.
    UnsupportedMediaType = 415 "UNSUPPORTED_MEDIA_TYPE", false,
        "Filtypen stöds inte. Skicka JPEG, PNG, WebP, HEIC, MP4, MOV eller WebM, eller JSON.",
        "The file type is not supported. Send JPEG, PNG, WebP, HEIC, MP4, MOV or WebM, or JSON.";
    /// Bytes of a supported type that cannot be decoded.
    MediaUnreadable = 422 "MEDIA_UNREADABLE", false,
        "Filen går inte att läsa. Ta en ny bild eller video.",
        "The file cannot be read. Take a new picture or video.";
    /// A clip that is too long.
    MediaTooLong = 422 "MEDIA_TOO_LONG", false,
        "Videon är för lång. Filma bara ingredienslistan, några sekunder räcker.",
        "The video is too long. Film the ingredient list only; a few seconds are enough.";
    /// Too many pixels.
    MediaTooLargeDimensions = 422 "MEDIA_TOO_LARGE_DIMENSIONS", false,
        "Bilden har för många bildpunkter. Ta den med lägre upplösning.",
        "The picture has too many pixels. Take it at a lower resolution.";
    /// A clip without a picture.
    MediaNoFrames = 422 "MEDIA_NO_FRAMES", false,
        "Videon innehåller inga bilder. Filma om.",
        "The video holds no pictures. Film it again.";
    /// Too many requests.
    RateLimited = 429 "RATE_LIMITED", true,
        "För många förfrågningar. Vänta en stund och försök igen.",
        "Too many requests. Wait a moment and try again.";
    /// A fault of ours.
    Internal = 500 "INTERNAL", true,
        "Något gick fel hos oss. Försök igen, och uppge felets id om det händer igen.",
        "Something went wrong on our side. Try again, and quote the error's id if it happens again.";
    /// The forced provider refused.
    ProviderRefused = 502 "PROVIDER_REFUSED", false,
        "Den valda leverantören ville inte läsa bilden.",
        "The chosen provider refused to read the picture.";
    /// The forced provider's answer cannot be used.
    ProviderInvalidAnswer = 502 "PROVIDER_INVALID_ANSWER", true,
        "Den valda leverantörens svar gick inte att använda. Försök igen.",
        "The chosen provider's answer could not be used. Try again.";
    /// No room for more work.
    Overloaded = 503 "OVERLOADED", true,
        "Många analyserar just nu. Försök igen om en liten stund.",
        "Many people are analysing right now. Try again in a moment.";
    /// The database is down.
    StoreUnavailable = 503 "STORE_UNAVAILABLE", true,
        "Historiken går inte att nå just nu. Försök igen om en stund.",
        "The history cannot be reached right now. Try again in a while.";
    /// Videos are switched off.
    VideoDisabled = 503 "VIDEO_DISABLED", false,
        "Videoanalys är avstängd. Ta en bild i stället.",
        "Video analysis is switched off. Take a picture instead.";
    /// Who worked on the key's request did not live to answer.
    Interrupted = 503 "INTERRUPTED", true,
        "Analysen avbröts hos oss. Skicka den igen.",
        "The analysis was interrupted on our side. Send it again.";
    /// Keys or tokens cannot be checked.
    AuthUnavailable = 503 "AUTH_UNAVAILABLE", true,
        "Det går inte att kontrollera vem som frågar just nu. Försök igen om en stund.",
        "Who is asking cannot be checked right now. Try again in a while.";
    /// Nothing can read pictures now.
    NoProviderAvailable = 503 "NO_PROVIDER_AVAILABLE", true,
        "Ingen kan läsa bilden just nu. Försök igen om en stund.",
        "Nothing can read the picture right now. Try again in a while.";
    /// The time ran out.
    DeadlineExceeded = 504 "DEADLINE_EXCEEDED", true,
        "Analysen tog för lång tid. Försök igen, gärna med en kortare video.",
        "The analysis took too long. Try again, preferably with a shorter video.";
}

/// An error on its way to the caller; `context` writes its body, because only it knows the request's id and language.
#[derive(Debug, Clone)]
pub struct Problem {
    /// The code.
    pub code: Code,
    /// What stands for `{}` in the message.
    pub particular: String,
    /// When to come back.
    pub retry_after: Option<Duration>,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
    /// The status, where a shipped client knows another one than the code's.
    pub status: Option<u16>,
    /// What stands in `error`, where a shipped client reads a sentence there and not the code.
    pub sentence: Option<String>,
}

impl Problem {
    /// A problem without particulars.
    #[must_use]
    pub fn new(code: Code) -> Self {
        let retry_after = (code.status() == 503 && code.retry_can_help()).then_some(Duration::from_secs(5));
        Self { code, particular: String::new(), retry_after, headers: Vec::new(), status: None, sentence: None }
    }

    /// A problem with `particular` in its message.
    #[must_use]
    pub fn about(code: Code, particular: impl Into<String>) -> Self {
        Self { particular: particular.into(), ..Self::new(code) }
    }

    /// The message in `language`.
    #[must_use]
    pub fn message(&self, language: Language) -> String {
        self.code.advice(language).replace("{}", &self.particular)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.as_str())
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status.unwrap_or(self.code.status())).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}

impl From<pipeline::Exhausted> for Problem {
    fn from(_: pipeline::Exhausted) -> Self {
        Self::new(Code::Overloaded)
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        events::request_failed(&error);
        Self::new(if error.try_later() { Code::StoreUnavailable } else { Code::Internal })
    }
}

impl From<pipeline::Error> for Problem {
    fn from(error: pipeline::Error) -> Self {
        let problem = Self::of_pipeline(&error);
        // A file that killed a worker is its sender's to replace and ours to look into.
        let ours = matches!(&error, pipeline::Error::Media(cause) if cause.fault() == media::Fault::Ours);
        if ours || problem.code.status() >= 500 {
            events::request_failed(&error);
        }
        problem
    }
}

impl Problem {
    fn of_pipeline(error: &pipeline::Error) -> Self {
        use pipeline::Error as E;
        match error {
            E::Gate(_) | E::SpoolFull => Self::new(Code::Overloaded),
            E::VideoDisabled => Self::new(Code::VideoDisabled),
            E::UsageLimit { limit } => Self::about(Code::UsageLimitExceeded, limit.to_string()),
            E::Assign(_) => Self::new(Code::NoProviderAvailable),
            E::Media(error) => Self::new(of_media(error)),
            E::Provider(error) => Self::new(of_provider(*error)),
            E::CallerLeft | E::Interrupted => Self::new(Code::Internal),
        }
    }
}

fn of_media(error: &media::Error) -> Code {
    use media::Error as E;
    match error {
        E::Unreadable { .. } | E::Crashed { .. } => Code::MediaUnreadable,
        E::UnsupportedType { .. } => Code::UnsupportedMediaType,
        E::TooLong { .. } => Code::MediaTooLong,
        E::TooLargeDimensions { .. } => Code::MediaTooLargeDimensions,
        E::NoFrames { .. } => Code::MediaNoFrames,
        E::Deadline => Code::DeadlineExceeded,
        E::Unavailable { .. } => Code::Overloaded,
        E::Internal { .. } | E::Protocol(_) | E::System(_) | E::Encoding(_) => Code::Internal,
    }
}

fn of_provider(error: providers::Error) -> Code {
    match error {
        providers::Error::TimedOut => Code::DeadlineExceeded,
        providers::Error::Network
        | providers::Error::RateLimited
        | providers::Error::Server
        | providers::Error::Rejected
        | providers::Error::CircuitOpen
        | providers::Error::BudgetSpent => Code::NoProviderAvailable,
        providers::Error::Refused => Code::ProviderRefused,
        providers::Error::Invalid => Code::ProviderInvalidAnswer,
    }
}

/// The README's table of codes.
#[must_use]
pub fn markdown_table() -> String {
    let mut table = String::from("| status | code | retry can help | message (English) |\n|---|---|---|---|\n");
    for code in Code::ALL {
        let retry = if code.retry_can_help() { "yes" } else { "no" };
        let advice = code.advice(Language::En).replace("{}", "…");
        table.push_str(&format!("| {} | `{}` | {retry} | {advice} |\n", code.status(), code.as_str()));
    }
    table
}
