//! `GET /docs`: the document as a page. The viewer is Swagger UI (Apache-2.0), inside the program; it asks nothing of any
//! other host.

use std::sync::{Arc, OnceLock};

use actix_web::http::header::{self, ContentEncoding};
use actix_web::{HttpResponse, web};
use utoipa_swagger_ui::{Config, SwaggerFile, serve};

use super::super::error::{Code, Problem};
use super::super::pages::guarded;

/// The viewer's own files, pictures that its style holds as data, and our routes.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";
/// The page; its files are named from the root, so that it may be asked for without a `/` at its end.
const PAGE: &str = r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>KoaLens API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<noscript><p>This page needs JavaScript. The same, for programs: <a href="/openapi.json">openapi.json</a></p></noscript>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/swagger-ui-standalone-preset.js"></script>
<script src="/docs/swagger-initializer.js"></script>
</body>
</html>
"#;
/// The files of the viewer that the page names.
const FILES: [&str; 5] = [
    "swagger-ui.css",
    "favicon-32x32.png",
    "swagger-ui-bundle.js",
    "swagger-ui-standalone-preset.js",
    "swagger-initializer.js",
];

/// `GET /docs`: a page to read this in.
#[utoipa::path(
    get,
    path = "/docs",
    tag = "pages",
    operation_id = "docs",
    responses((status = 200, description = "The page", body = String, content_type = "text/html")),
)]
pub async fn page() -> HttpResponse {
    guarded(POLICY).content_type("text/html; charset=utf-8").body(PAGE)
}

/// `GET /docs/{file}`: a part of the viewer.
///
/// # Errors
/// `NOT_FOUND`.
#[utoipa::path(
    get,
    path = "/docs/{file}",
    tag = "pages",
    operation_id = "docsFile",
    params(("file" = String, Path, description = "Its name", example = "swagger-ui.css")),
    responses((status = 200, description = "The file", content(
        (String = "text/css"),
        (String = "text/javascript"),
        (String = "image/png"),
    ))),
)]
pub async fn file(name: web::Path<String>) -> Result<HttpResponse, Problem> {
    let name = FILES.into_iter().find(|file| *file == name.as_str()).ok_or(Code::NotFound)?;
    let found = serve(name, Arc::clone(config())).map_err(|_| Code::Internal)?;
    let SwaggerFile { bytes, content_type, gzpipped, .. } = found.ok_or(Code::NotFound)?;
    let mut answer = guarded(POLICY);
    // They are kept compressed, as every browser takes them.
    if gzpipped {
        answer.insert_header(ContentEncoding::Gzip);
    }
    answer.insert_header((header::CACHE_CONTROL, "public, max-age=3600"));
    Ok(answer.content_type(content_type).body(bytes.into_owned()))
}

fn config() -> &'static Arc<Config<'static>> {
    static CONFIG: OnceLock<Arc<Config<'static>>> = OnceLock::new();
    // The viewer would ask a service of its makers whether the document is valid.
    CONFIG.get_or_init(|| Arc::new(Config::new(["/openapi.json"]).validator_url("none").use_base_layout()))
}
