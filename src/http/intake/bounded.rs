//! Members of a body that are read otherwise than their type says: lists that stop being read when they are too long, not
//! after (a million empty items cost more memory than their body), and text that some clients write as a number.

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

/// Reads an optional text; a number counts as its digits: ids, times and barcodes are written both ways.
///
/// # Errors
/// The format's own, for what is neither.
pub fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    deserializer.deserialize_any(TextOrNumber)
}

struct TextOrNumber;

impl Visitor<'_> for TextOrNumber {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a number")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(text.to_owned()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
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

    #[test]
    fn an_id_is_text_or_a_number_and_nothing_else() {
        #[derive(Deserialize)]
        struct Named {
            #[serde(default, deserialize_with = "text_or_number")]
            id: Option<String>,
        }
        let id = |text: &str| serde_json::from_str::<Named>(text).ok().map(|named| named.id);
        assert_eq!(id(r#"{"id":1763787600000}"#), Some(Some("1763787600000".to_owned())));
        assert_eq!(id(r#"{"id":"a-1"}"#), Some(Some("a-1".to_owned())));
        assert_eq!((id(r#"{"id":null}"#), id("{}")), (Some(None), Some(None)));
        assert_eq!((id(r#"{"id":true}"#), id(r#"{"id":[1]}"#)), (None, None));
    }
}
