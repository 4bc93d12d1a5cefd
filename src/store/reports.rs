//! What users say about single ingredients.

use uuid::Uuid;

use crate::domain::UserId;

use super::database::storable;
use super::{Error, Store};

/// One user's word on one ingredient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The ingredient, as they name it.
    pub ingredient: String,
    /// In their own words.
    pub feedback: String,
    /// The product it was seen on, as the app names it.
    pub product_id: Option<String>,
    /// What they hold it for.
    pub is_vegan: Option<bool>,
    /// When they said so, by their own clock.
    pub said_at: Option<String>,
}

impl Store {
    /// Keeps a report under `id`.
    ///
    /// # Errors
    /// [`Error::try_later`] ones when the database is down; nothing is kept then.
    pub async fn keep_report(
        &self,
        id: Uuid,
        report: &Report,
        user: Option<&UserId>,
        now_ms: i64,
    ) -> Result<(), Error> {
        let keeping = self.database.bounded(async {
            let key = self.key().await?;
            let mut transaction = self.database.begin().await?;
            let insert = sqlx::query(
                "INSERT INTO reports (id, created_at, user_hash, ingredient, feedback, product_id, is_vegan, said_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(id.to_string())
            .bind(now_ms)
            .bind(user.map(|user| key.hash(user.as_str())))
            .bind(storable(&report.ingredient).as_ref())
            .bind(storable(&report.feedback).as_ref())
            .bind(report.product_id.as_deref().map(storable).as_deref())
            .bind(report.is_vegan.map(i64::from))
            .bind(report.said_at.as_deref().map(storable).as_deref());
            insert.execute(&mut *transaction).await?;
            Ok(transaction.commit().await?)
        });
        keeping.await
    }
}
