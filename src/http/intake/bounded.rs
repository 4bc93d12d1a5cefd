//! Lists that stop being read when they are too long, not after: a million empty items cost more memory than their body.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Reads an optional list of at most `MOST` items; `null` counts as absent.
///
/// # Errors
/// The format's own, at the first item too many.
pub(super) fn at_most<'de, D, T, const MOST: usize>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_option(List::<T, MOST>(PhantomData))
}

struct List<T, const MOST: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for List<T, MOST> {
    type Value = Option<Vec<T>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of at most {MOST} items")
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            if list.len() == MOST {
                return Err(A::Error::invalid_length(MOST + 1, &self));
            }
            list.push(item);
        }
        Ok(Some(list))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Body {
        #[serde(default, deserialize_with = "at_most::<_, _, 2>")]
        list: Option<Vec<String>>,
    }

    fn read(text: &str) -> Option<Option<Vec<String>>> {
        serde_json::from_str::<Body>(text).ok().map(|body| body.list)
    }

    #[test]
    fn a_list_is_read_up_to_its_bound_and_not_beyond() {
        assert_eq!(read(r#"{"list":["a","b"]}"#), Some(Some(vec!["a".to_owned(), "b".to_owned()])));
        assert_eq!(read(r#"{"list":["a","b","c"]}"#), None);
        assert_eq!(read(r#"{"list":null}"#), Some(None));
        assert_eq!(read("{}"), Some(None));
        assert_eq!(read(r#"{"list":"a"}"#), None);
    }
}
