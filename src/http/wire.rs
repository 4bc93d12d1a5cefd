//! The answer as the contract writes it: the one place where an analysis becomes JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{
    Analysis, AnalysisId, Assignment, EncodedPicture, Ingredient, Legibility, MediaFacts, NanoUsd, ProviderName,
    QualityIssue, Source, Status, Timings,
};
use crate::pipeline::Usage;

/// Body of a 200 from `/analyze`, `/analyze-text` and `/analyses/{id}`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Answer<'a> {
    success: bool,
    analysis_id: AnalysisId,
    status: Status,
    is_vegan: Option<bool>,
    is_uncertain: bool,
    confidence: f32,
    #[schema(value_type = Vec<Item>)]
    ingredient_list: List<'a>,
    vegan_ingredients: Vec<&'a str>,
    non_vegan_ingredients: Vec<&'a str>,
    uncertain_ingredients: Vec<&'a str>,
    unknown_ingredients: Vec<&'a str>,
    trace_ingredients: Vec<&'a str>,
    watched_ingredients: &'a [String],
    problem_ingredient: Option<&'a str>,
    reasoning: &'a str,
    uncertain_reasons: &'a [String],
    label_text: &'a str,
    detected_language: Option<&'a str>,
    legibility: Legibility,
    image_quality_issues: &'a [QualityIssue],
    provider: ProviderName,
    model: &'a str,
    degraded: bool,
    assignment: Assigned<'a>,
    media: Option<MediaFacts>,
    usage: Tokens,
    timings: Timings,
    usage_info: Option<UsageInfo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    label_image: Option<String>,
}

/// Which arm was drawn, and why.
#[derive(Debug, Serialize, ToSchema)]
pub struct Assigned<'a> {
    experiment: Option<&'a str>,
    arm: &'a str,
    /// Which rule drew it.
    reason: &'static str,
    bucket: Option<u16>,
}

impl<'a> Assigned<'a> {
    fn of(assignment: &'a Assignment) -> Self {
        let Assignment { experiment, reason, bucket, .. } = assignment;
        let reason = reason.as_str();
        Self { experiment: experiment.as_deref(), arm: assignment.arm_name(), reason, bucket: *bucket }
    }
}

/// The ingredients: explained, or for older clients their names alone.
#[derive(Serialize)]
#[serde(untagged)]
enum List<'a> {
    Items(Vec<Item<'a>>),
    Names(Vec<&'a str>),
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Item<'a> {
    #[serde(flatten)]
    ingredient: &'a Ingredient,
    status_color: &'static str,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tokens {
    input_tokens: u64,
    output_tokens: u64,
    cached_tokens: u64,
    cost_usd: f64,
}

/// How much of a month's analyses a user has used.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsageInfo {
    analyses_used: u64,
    analyses_limit: Option<u32>,
    remaining: Option<u64>,
    is_premium: bool,
}

impl<'a> Answer<'a> {
    /// Writes `analysis`; `label_image` becomes a data URI.
    pub fn of(analysis: &'a Analysis, usage: Option<Usage>, label_image: Option<&EncodedPicture>) -> Self {
        let verdict = &analysis.verdict;
        let declared = |status| {
            let of_status = move |item: &&Ingredient| item.source == Source::Declared && item.status == status;
            verdict.ingredients.iter().filter(of_status).map(|item| item.name.as_str()).collect()
        };
        let traces = verdict.ingredients.iter().filter(|item| item.source == Source::Trace);
        Self {
            success: true,
            analysis_id: analysis.id,
            status: verdict.status,
            is_vegan: is_vegan(verdict.status),
            is_uncertain: verdict.status == Status::Uncertain,
            confidence: rounded(verdict.confidence),
            ingredient_list: List::Items(verdict.ingredients.iter().map(Item::of).collect()),
            vegan_ingredients: declared(Status::Vegan),
            non_vegan_ingredients: declared(Status::NonVegan),
            uncertain_ingredients: declared(Status::Uncertain),
            unknown_ingredients: declared(Status::Unknown),
            trace_ingredients: traces.map(|item| item.name.as_str()).collect(),
            watched_ingredients: &verdict.watched,
            problem_ingredient: verdict.problem_ingredient.as_deref(),
            reasoning: &verdict.reasoning,
            uncertain_reasons: &verdict.uncertain_reasons,
            label_text: &analysis.label_text,
            detected_language: verdict.detected_language.as_deref(),
            legibility: verdict.legibility,
            image_quality_issues: &analysis.image_quality_issues,
            provider: analysis.serving,
            model: &analysis.model,
            degraded: analysis.degraded,
            assignment: Assigned::of(&analysis.assignment),
            media: analysis.media,
            usage: Tokens::of(analysis),
            timings: analysis.timings,
            usage_info: usage.map(UsageInfo::of),
            label_image: label_image.map(data_uri),
        }
    }

    /// The same with the ingredients' names alone in its list.
    #[must_use]
    pub fn named(mut self) -> Self {
        if let List::Items(items) = &self.ingredient_list {
            self.ingredient_list = List::Names(items.iter().map(|item| item.ingredient.name.as_str()).collect());
        }
        self
    }

    /// The part of it that the shipped app's text route answers.
    #[must_use]
    pub fn brief(self) -> Brief<'a> {
        let Self {
            is_vegan, confidence, ingredient_list, non_vegan_ingredients, reasoning, image_quality_issues, ..
        } = self.named();
        Brief { is_vegan, confidence, ingredient_list, non_vegan_ingredients, reasoning, image_quality_issues }
    }
}

/// Body of a 200 from the shipped app's text route.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Brief<'a> {
    is_vegan: Option<bool>,
    confidence: f32,
    #[schema(value_type = Vec<String>)]
    ingredient_list: List<'a>,
    non_vegan_ingredients: Vec<&'a str>,
    reasoning: &'a str,
    image_quality_issues: &'a [QualityIssue],
}

impl<'a> Item<'a> {
    fn of(ingredient: &'a Ingredient) -> Self {
        let status_color = match ingredient.status {
            Status::Vegan => "#90EE90",
            Status::NonVegan => "#FF6347",
            Status::Uncertain => "#FFBF00",
            Status::Unknown => "grey",
        };
        Self { ingredient, status_color }
    }
}

impl Tokens {
    /// What all attempts together used.
    fn of(analysis: &Analysis) -> Self {
        let sum = |count: fn(&crate::domain::Tokens) -> u32| -> u64 {
            analysis.calls.iter().map(|call| u64::from(count(&call.tokens))).sum()
        };
        let cost = NanoUsd(analysis.calls.iter().map(|call| call.cost.0).sum());
        Self {
            input_tokens: sum(|tokens| tokens.input) + sum(|tokens| tokens.cached),
            output_tokens: sum(|tokens| tokens.output) + sum(|tokens| tokens.thinking),
            cached_tokens: sum(|tokens| tokens.cached),
            cost_usd: cost.as_usd(),
        }
    }
}

impl UsageInfo {
    /// Writes `usage`.
    #[must_use]
    pub fn of(usage: Usage) -> Self {
        Self {
            analyses_used: usage.used,
            analyses_limit: usage.limit,
            remaining: usage.limit.map(|limit| u64::from(limit).saturating_sub(usage.used)),
            is_premium: usage.is_premium,
        }
    }
}

fn is_vegan(status: Status) -> Option<bool> {
    match status {
        Status::Vegan => Some(true),
        Status::NonVegan => Some(false),
        Status::Uncertain | Status::Unknown => None,
    }
}

/// To the three digits that mean something.
fn rounded(confidence: f32) -> f32 {
    (confidence * 1000.0).round() / 1000.0
}

fn data_uri(picture: &EncodedPicture) -> String {
    format!("data:{};base64,{}", picture.media_type, STANDARD.encode(&picture.bytes))
}
