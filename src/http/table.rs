//! The table of routes. Nothing reaches the application by another way, and what does is noted: the document, the
//! metrics and the hint of `NOT_FOUND` name what there is.

use actix_web::http::Method;
use actix_web::web::{self, ServiceConfig};
use actix_web::{FromRequest, Handler, HttpResponse, Responder, Route};

use super::error::{Code, Problem};

/// Where routes are registered.
pub struct Table<'a> {
    app: &'a mut ServiceConfig,
    noted: Vec<Noted>,
}

/// A route that was registered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Noted {
    /// Its path, with `{}` where a request fills it in.
    pub path: String,
    /// Its method in capitals.
    pub method: String,
}

impl<'a> Table<'a> {
    /// A table of the routes of `app`.
    pub fn of(app: &'a mut ServiceConfig) -> Self {
        Self { app, noted: Vec::new() }
    }

    /// A path that is read: `GET`, and `HEAD`, which monitors send.
    pub fn read<F, Args>(&mut self, path: &str, handler: F) -> &mut Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.serve(path, read(handler))
    }

    /// A path that takes one method which changes something.
    pub fn write<F, Args>(&mut self, path: &str, method: Method, handler: F) -> &mut Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.serve(path, vec![by(method, handler)])
    }

    /// A path that is read, and changed by another method.
    pub fn read_and_write<F, Args, G, Other>(&mut self, path: &str, handler: F, method: Method, writer: G) -> &mut Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
        G: Handler<Other>,
        Other: FromRequest + 'static,
        G::Output: Responder + 'static,
    {
        let mut ways = read(handler);
        ways.push(by(method, writer));
        self.serve(path, ways)
    }

    /// What was registered.
    pub fn noted(self) -> Vec<Noted> {
        self.noted
    }

    fn serve(&mut self, path: &str, ways: Vec<(Method, Route)>) -> &mut Self {
        let allowed: Vec<_> = ways.iter().map(|(method, _)| method.as_str()).collect();
        let mut resource = web::resource(path).default_service(refuse(&allowed.join(", ")));
        for (method, route) in ways {
            self.noted.push(Noted { path: path.to_owned(), method: method.to_string() });
            resource = resource.route(route);
        }
        self.app.service(resource);
        self
    }
}

fn read<F, Args>(handler: F) -> Vec<(Method, Route)>
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    vec![by(Method::GET, handler.clone()), by(Method::HEAD, handler)]
}

fn by<F, Args>(method: Method, handler: F) -> (Method, Route)
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    (method.clone(), web::method(method).to(handler))
}

/// What answers other methods.
fn refuse(allowed: &str) -> Route {
    let allowed = allowed.to_owned();
    web::to(move || {
        let headers = vec![("Allow", allowed.clone())];
        async { Err::<HttpResponse, _>(Problem { headers, ..Problem::new(Code::MethodNotAllowed) }) }
    })
}
