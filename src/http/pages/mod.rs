//! The pages for people: `/`, where a pack can be tried, and `/dashboard`, for those who run the service.
//!
//! They come with the program: no outside host, no build step, no inline script or style, no cookie. A page is a public
//! shell, `/` in every language that answers are written in, `/dashboard` in Swedish or English; what it shows it asks of
//! the routes that everyone else uses. The dashboard's token is typed, kept by the tab, and sent as `Authorization`.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_LANGUAGE, VARY};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::Service;
use super::context::Caller;
use super::error::{Code, Problem};
use super::routes::read;
use crate::domain::Language;
use crate::texts;

/// What a page may load and do: its own files, pictures that it was given as data, and our own routes.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
    media-src blob:; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";
/// How long a browser may keep a file, seconds: short, so that a page never runs long with the script of another release.
const KEEP: &str = "public, max-age=60";

/// The paths of people.
pub(super) const PATHS: [&str; 2] = ["/", "/dashboard"];

/// A page as it comes with the program.
struct Shell {
    path: &'static str,
    template: &'static str,
    /// How many languages it is written in, from the first of [`Language::ALL`].
    languages: usize,
}

const ATTEMPT: Shell = Shell { path: "/", template: include_str!("try.html"), languages: Language::ANSWERS };
const DASHBOARD: Shell = Shell { path: "/dashboard", template: include_str!("dashboard.html"), languages: 2 };

/// What the pages are made of: name, type, content.
const FILES: [(&str, &str, &str); 11] = [
    ("style.css", "text/css; charset=utf-8", include_str!("style.css")),
    ("texts.js", "text/javascript; charset=utf-8", include_str!("texts.js")),
    ("try.js", "text/javascript; charset=utf-8", include_str!("try.js")),
    ("key.js", "text/javascript; charset=utf-8", include_str!("key.js")),
    ("verdict.js", "text/javascript; charset=utf-8", include_str!("verdict.js")),
    ("dashboard.js", "text/javascript; charset=utf-8", include_str!("dashboard.js")),
    ("request.js", "text/javascript; charset=utf-8", include_str!("request.js")),
    ("levers.js", "text/javascript; charset=utf-8", include_str!("levers.js")),
    ("panels.js", "text/javascript; charset=utf-8", include_str!("panels.js")),
    ("charts.js", "text/javascript; charset=utf-8", include_str!("charts.js")),
    ("mark.svg", "image/svg+xml", include_str!("mark.svg")),
];

pub(super) fn configure(app: &mut web::ServiceConfig) {
    app.service(read("/", attempt))
        .service(read("/dashboard", dashboard))
        .service(read("/pages/{file}", file))
        .service(read("/pages/texts/{language}.json", sentences));
}

/// Query of a page.
#[derive(Debug, Default, Deserialize)]
pub struct Wish {
    lang: Option<String>,
}

/// `GET /`: try it.
///
/// # Errors
/// `RATE_LIMITED`.
pub async fn attempt(
    request: HttpRequest,
    wish: web::Query<Wish>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Problem> {
    page(&request, &wish, &service, &ATTEMPT)
}

/// `GET /dashboard`: the shell; the figures need the admin token.
///
/// # Errors
/// `RATE_LIMITED`.
pub async fn dashboard(
    request: HttpRequest,
    wish: web::Query<Wish>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Problem> {
    page(&request, &wish, &service, &DASHBOARD)
}

/// `GET /pages/{file}`.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn file(name: web::Path<String>) -> Result<HttpResponse, Problem> {
    let found = FILES.iter().find(|(file, ..)| *file == name.as_str());
    let (_, media_type, content) = found.ok_or_else(|| Problem::new(Code::NotFound))?;
    Ok(guarded().content_type(*media_type).insert_header((CACHE_CONTROL, KEEP)).body(*content))
}

/// `GET /pages/texts/{language}.json`: the sentences of the pages by their keys, places as `{name}`.
///
/// # Errors
/// `NOT_FOUND` for a language that the pages are not written in.
pub async fn sentences(language: web::Path<String>) -> Result<HttpResponse, Problem> {
    let found = ATTEMPT.languages().find(|written| written.tag() == language.as_str());
    let language = found.ok_or_else(|| Problem::new(Code::NotFound))?;
    let asked = |key: &&str| ["page-", "board-", "rollout-"].iter().any(|area| key.starts_with(area));
    let keys = texts::keys(language).filter(asked);
    let all: Map<String, Value> = keys.map(|key| (key.to_owned(), texts::pattern(language, key).into())).collect();
    Ok(guarded().insert_header((CACHE_CONTROL, KEEP)).json(all))
}

fn page(request: &HttpRequest, wish: &Wish, service: &Service, shell: &Shell) -> Result<HttpResponse, Problem> {
    service.limits.request(request)?;
    let asked = wish.lang.as_deref().map_or_else(|| Caller::of(request).language(), Language::from_tag);
    let language = shell.languages().find(|written| *written == asked).unwrap_or(Language::En);
    Ok(guarded()
        .content_type("text/html; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((CONTENT_LANGUAGE, language.tag()))
        .insert_header((VARY, "Accept-Language"))
        .body(shell.written(language)))
}

/// An answer that a browser may do little with.
fn guarded() -> HttpResponseBuilder {
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header(("Content-Security-Policy", POLICY))
        .insert_header(("X-Content-Type-Options", "nosniff"))
        .insert_header(("Referrer-Policy", "no-referrer"))
        .insert_header(("Cross-Origin-Opener-Policy", "same-origin"));
    answer
}

impl Shell {
    fn languages(&self) -> impl Iterator<Item = Language> {
        Language::ALL.into_iter().take(self.languages)
    }

    /// The template with each `{{key}}` replaced by its sentence, escaped.
    fn written(&self, language: Language) -> String {
        let mut pieces = self.template.split("{{");
        let mut out = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let (key, rest) = piece.split_once("}}").unwrap_or((piece, ""));
            match key {
                "lang" => out.push_str(language.tag()),
                "others" => out.push_str(&self.links(language)),
                _ => out.push_str(&escaped(&texts::say(language, key))),
            }
            out.push_str(rest);
        }
        out
    }

    /// The same page in the other languages, each by its own name.
    fn links(&self, language: Language) -> String {
        let link = |other: Language| {
            let (path, tag, name) = (self.path, other.tag(), texts::say(other, "page-language"));
            format!("<a href=\"{path}?lang={tag}\" hreflang=\"{tag}\" lang=\"{tag}\">{}</a>", escaped(&name))
        };
        self.languages().filter(|other| *other != language).map(link).collect::<Vec<_>>().join(" ")
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_written_in_each_of_its_languages_and_nothing_is_left_open() {
        for shell in [ATTEMPT, DASHBOARD] {
            for language in shell.languages() {
                let page = shell.written(language);
                assert!(page.contains(&format!("<html lang=\"{}\">", language.tag())));
                assert!(!["{{", "page-", "board-"].iter().any(|open| page.contains(open)), "{page}");
                assert_eq!(page.matches("hreflang").count(), shell.languages - 1);
            }
        }
        assert!(ATTEMPT.written(Language::En).contains("Is it vegan?"));
    }

    #[test]
    fn a_sentence_cannot_become_markup() {
        assert_eq!(escaped("<a href=\"x\">&"), "&lt;a href=&quot;x&quot;&gt;&amp;");
    }

    #[test]
    fn nothing_is_inline_and_nothing_comes_from_elsewhere() {
        let all = FILES.iter().map(|(_, _, text)| *text).chain([ATTEMPT.template, DASHBOARD.template]);
        for text in all {
            let elsewhere = text.replace("http://www.w3.org/2000/svg", "");
            for forbidden in
                ["http://", "https://", "style=\"", " onclick", "innerHTML", "document.cookie", "localStorage"]
            {
                assert!(!elsewhere.contains(forbidden), "{forbidden}");
            }
            assert!(text.matches("<script").count() == text.matches("<script type=\"module\" src=\"/pages/").count());
        }
    }
}
