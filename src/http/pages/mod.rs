//! The pages for people: `/`, where a pack can be tried, and `/dashboard`, for those who run the service.
//!
//! They come with the program: no outside host, no build step, no inline script or style, no cookie. A page is a public
//! shell, `/` in every language that answers are written in, `/dashboard` in Swedish or English; what it shows it asks of
//! the routes that everyone else uses. The dashboard's token is typed, kept by the tab, and sent as `Authorization`.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_LANGUAGE, VARY};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::IntoParams;

use super::Service;
use super::context::Caller;
use super::error::{Code, Problem};
use super::table::Table;
use crate::domain::Language;
use crate::texts;

/// What a page may load and do: its own files, pictures that it was given as data, and our own routes.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
    media-src blob:; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";
/// How long a browser may keep a file, seconds: short, so that a page never runs long with the script of another release.
const KEEP: &str = "public, max-age=60";

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

pub(super) fn register(table: &mut Table<'_>) {
    table
        .read("/", attempt)
        .read("/dashboard", dashboard)
        .read("/pages/{file}", file)
        .read("/pages/texts/{language}.json", sentences);
}

/// Query of a page.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wish {
    /// A language of the page; without it, what `Accept-Language` says
    lang: Option<String>,
}

/// `GET /`: try it.
///
/// # Errors
/// `RATE_LIMITED`.
#[utoipa::path(
    get,
    path = "/",
    tag = "pages",
    operation_id = "tryPage",
    params(Wish),
    responses((status = 200, description = "The page", body = String, content_type = "text/html")),
)]
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
#[utoipa::path(
    get,
    path = "/dashboard",
    tag = "pages",
    operation_id = "dashboardPage",
    params(Wish),
    responses((status = 200, description = "The page", body = String, content_type = "text/html")),
)]
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
#[utoipa::path(
    get,
    path = "/pages/{file}",
    tag = "pages",
    operation_id = "pageFile",
    params(("file" = String, Path, description = "Its name", example = "style.css")),
    responses((status = 200, description = "A part of the pages", content(
        (String = "text/css"),
        (String = "text/javascript"),
        (String = "image/svg+xml"),
    ))),
)]
pub async fn file(name: web::Path<String>) -> Result<HttpResponse, Problem> {
    let found = FILES.iter().find(|(file, ..)| *file == name.as_str());
    let (_, media_type, content) = found.ok_or_else(|| Problem::new(Code::NotFound))?;
    Ok(guarded(POLICY).content_type(*media_type).insert_header((CACHE_CONTROL, KEEP)).body(*content))
}

/// `GET /pages/texts/{language}.json`: the sentences of the pages by their keys, places as `{name}`.
///
/// # Errors
/// `NOT_FOUND` for a language that the pages are not written in.
#[utoipa::path(
    get,
    path = "/pages/texts/{language}.json",
    tag = "pages",
    operation_id = "pageTexts",
    params(("language" = String, Path, description = "A language of the pages", example = "sv")),
    responses((status = 200, description = "Sentences by their keys", body = HashMap<String, String>, example = json!({"page-try-heading": "Är den vegansk?"}))),
)]
pub async fn sentences(language: web::Path<String>) -> Result<HttpResponse, Problem> {
    let found = ATTEMPT.languages().find(|written| written.tag() == language.as_str());
    let language = found.ok_or_else(|| Problem::new(Code::NotFound))?;
    let asked = |key: &&str| ["page-", "board-", "rollout-"].iter().any(|area| key.starts_with(area));
    let keys = texts::keys(language).filter(asked);
    let all: Map<String, Value> = keys.map(|key| (key.to_owned(), texts::pattern(language, key).into())).collect();
    Ok(guarded(POLICY).insert_header((CACHE_CONTROL, KEEP)).json(all))
}

fn page(request: &HttpRequest, wish: &Wish, service: &Service, shell: &Shell) -> Result<HttpResponse, Problem> {
    service.limits.request(request)?;
    let asked = wish.lang.as_deref().map_or_else(|| Caller::of(request).language(), Language::from_tag);
    let language = shell.languages().find(|written| *written == asked).unwrap_or(Language::En);
    Ok(guarded(POLICY)
        .content_type("text/html; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((CONTENT_LANGUAGE, language.tag()))
        .insert_header((VARY, "Accept-Language"))
        .body(shell.written(language)))
}

/// An answer with which a browser may do what `policy` says, and little else.
pub(super) fn guarded(policy: &'static str) -> HttpResponseBuilder {
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header(("Content-Security-Policy", policy))
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

    /// What a template says by itself, without its tags and its `{{key}}`s.
    fn said(template: &str) -> String {
        let without = |text: &str, open: &str, close: &str| {
            let mut pieces = text.split(open);
            let first = pieces.next().unwrap_or_default().to_owned();
            pieces.fold(first, |out, piece| out + piece.split_once(close).map_or(piece, |(_, rest)| rest))
        };
        without(&without(template, "<", ">"), "{{", "}}")
    }

    /// Strings of a script that read like a sentence: an upper case letter first, and several words.
    fn sentences_in(script: &str) -> Vec<&str> {
        let code = script.lines().filter(|line| !line.trim_start().starts_with("//"));
        let strings = code.flat_map(|line| line.split(['\'', '`', '"']).skip(1).step_by(2));
        let reads_so = |text: &&str| {
            let mut words =
                text.split(' ').filter(|word| word.chars().all(|c| c.is_alphabetic() || ".,!?".contains(c)));
            text.starts_with(char::is_uppercase) && words.nth(1).is_some()
        };
        strings.filter(reads_so).collect()
    }

    #[test]
    fn every_sentence_for_people_is_in_the_catalogues() {
        for shell in [ATTEMPT, DASHBOARD] {
            let words = said(shell.template);
            let words: Vec<_> = words.split_whitespace().filter(|word| word.contains(char::is_alphabetic)).collect();
            assert!(words.iter().all(|word| *word == "KoaLens"), "{words:?}");
        }
        for (name, _, script) in FILES.iter().filter(|(name, ..)| name.ends_with(".js")) {
            assert_eq!(sentences_in(script), Vec::<&str>::new(), "{name}");
        }
        assert_eq!(said("<p class=\"a\">Skriv {{page-send}} här</p>"), "Skriv  här");
        assert_eq!(
            sentences_in("// It's 'Not this'\nsay('Något gick fel.');\nmake('button quiet')"),
            ["Något gick fel."]
        );
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
