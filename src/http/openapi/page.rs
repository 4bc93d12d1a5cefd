//! `GET /docs`: the document as a page, with nothing from elsewhere and no script in it.

use std::sync::{Arc, OnceLock};

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use utoipa_swagger_ui::{Config, SwaggerFile, serve};

use super::super::error::{Code, Problem};

/// Scripts and styles are files of this service. Icons in the styles are data; the viewer sets styles on elements.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
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
const PARTS: [&str; 5] = [
    "swagger-ui.css",
    "favicon-32x32.png",
    "swagger-ui-bundle.js",
    "swagger-ui-standalone-preset.js",
    "swagger-initializer.js",
];

/// `GET /docs`.
pub async fn page() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .body(PAGE)
}

/// `GET /docs/{file}`: a part of the viewer.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn part(name: web::Path<String>) -> Result<HttpResponse, Problem> {
    let name = PARTS.into_iter().find(|part| *part == name.as_str()).ok_or(Code::NotFound)?;
    let found = serve(name, Arc::clone(config())).map_err(|_| Code::Internal)?;
    let SwaggerFile { bytes, content_type } = found.ok_or(Code::NotFound)?;
    Ok(HttpResponse::Ok()
        .content_type(content_type)
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CACHE_CONTROL, "max-age=3600"))
        .body(bytes.into_owned()))
}

fn config() -> &'static Arc<Config<'static>> {
    static CONFIG: OnceLock<Arc<Config<'static>>> = OnceLock::new();
    // The viewer would ask a service of its makers whether the document is valid.
    CONFIG.get_or_init(|| Arc::new(Config::new(["/openapi.json"]).validator_url("none")))
}
