//! The formulas against reference values computed by other people's programs (`fixtures/statistics/vectors.json`: each
//! group names the function that produced it).

use serde_json::Value;

use super::error_gate::{Failures, ln_evidence};
use super::mismatch::{Arm, ln_bayes_factor, p_value_at_the_end};
use super::proportion::{Share, higher_by, newcombe, wilson};
use super::sequence::{Sample, one_sided, two_sided};

fn group(name: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("../../../fixtures/statistics/vectors.json")).unwrap();
    all[name].clone()
}

fn cases(name: &str) -> Vec<Value> {
    group(name)["cases"].as_array().unwrap().clone()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn whole(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

/// Equal to a relative 1e-9.
#[track_caller]
fn same(ours: f64, reference: &Value) {
    let reference = number(reference);
    let apart = (ours - reference).abs();
    assert!(apart <= 1e-9 * reference.abs().max(1e-3), "{ours} and not {reference}");
}

#[test]
fn the_error_gate_reproduces_its_reference() {
    for case in cases("error_rate_grid_eprocess") {
        let step = |step: &Value| Failures { share: number(&step[0]), old: whole(&step[1]), new: whole(&step[2]) };
        let steps: Vec<Failures> = case["steps"].as_array().unwrap().iter().map(step).collect();
        let ln_e = ln_evidence(&steps, number(&case["ratio_margin"]));
        same(ln_e, &case["log_e"]);
        assert_eq!(ln_e >= 100_f64.ln(), case["abort_at_0.01"].as_bool().unwrap());
    }
}

fn sample(kind: &str, arm: &Value) -> Sample {
    match kind {
        "prop" => Sample::of_proportion(whole(&arm[1]), whole(&arm[0])),
        _ => Sample::of_sums(whole(&arm[0]), number(&arm[1]), number(&arm[2])),
    }
}

fn usable(case: &Value, error: &Value) -> bool {
    case["difference_type"] == "absolute" && error.is_null()
}

#[test]
fn confidence_sequences_reproduce_their_reference() {
    let mut seen = 0;
    for case in cases("sequential_two_sample").iter().filter(|case| usable(case, &case["error_message"])) {
        let kind = case["kind"].as_str().unwrap();
        let (old, new) = (sample(kind, &case["a"]), sample(kind, &case["b"]));
        let error = (old.variance / old.n + new.variance / new.n).sqrt();
        same(error, &case["se"]);
        let half = two_sided(error, old.n + new.n, number(&case["alpha"]), number(&case["tuning_parameter"]));
        same(new.mean - old.mean, &case["estimate"]);
        same(new.mean - old.mean - half, &case["seq_ci"][0]);
        same(new.mean - old.mean + half, &case["seq_ci"][1]);
        seen += 1;
    }
    assert!(seen >= 8, "{seen} cases");
}

#[test]
fn one_sided_sequences_reproduce_their_reference() {
    let mut seen = 0;
    for case in cases("sequential_repo").iter().filter(|case| usable(case, &case["two_sided"]["error"])) {
        let (old, new) = (sample("prop", &case["a"]), sample("prop", &case["b"]));
        let error = (old.variance / old.n + new.variance / new.n).sqrt();
        let half = one_sided(error, old.n + new.n, number(&case["alpha"]), number(&case["tuning_parameter"]));
        same(new.mean - old.mean - half, &case["one_sided_greater"]["ci"][0]);
        same(new.mean - old.mean + half, &case["one_sided_lesser"]["ci"][1]);
        seen += 1;
    }
    assert!(seen >= 2, "{seen} cases");
}

/// 500 log-normal latencies around `median` ms, as the reference made them.
fn latencies(median: f64) -> Sample {
    use statrs::distribution::{ContinuousCDF, Normal};
    let normal = Normal::standard();
    let logs = (1..=500).map(|i| median.ln() + 0.5 * normal.inverse_cdf((f64::from(i) - 0.5) / 500.0));
    let logs: Vec<f64> = logs.collect();
    Sample::of_sums(500, logs.iter().sum(), logs.iter().map(|x| x * x).sum())
}

#[test]
fn the_ratio_of_latencies_reproduces_its_reference() {
    let reference = group("latency_log_mean_cs");
    for (median, name) in [(220.0, "A_B"), (260.0, "A_C")] {
        let (old, new) = (latencies(200.0), latencies(median));
        let ratio = super::sequence::ratio_of_geometric_means(&old, &new, 0.05).unwrap();
        same(ratio.difference, &reference[name]["geo_mean_ratio"]);
        same(ratio.low, &reference[name]["cs"][0]);
        same(ratio.high, &reference[name]["cs"][1]);
    }
}

#[test]
fn sample_ratio_mismatch_reproduces_its_reference() {
    for case in cases("srm_sequential_closed_form").iter().filter(|case| whole(&case["k"]) == 100) {
        same(ln_bayes_factor(&arms(&case["counts"], &case["theta0"])), &case["log_bf"]);
    }
    for case in cases("srm_chi2") {
        same(p_value_at_the_end(&arms(&case["users"], &case["weights"])), &case["p"]);
    }
}

fn arms(counts: &Value, shares: &Value) -> Vec<Arm> {
    let shares: Vec<f64> = shares.as_array().unwrap().iter().map(number).collect();
    let total: f64 = shares.iter().sum();
    let arm = |(units, share): (&Value, &f64)| Arm { units: whole(units), share: share / total };
    counts.as_array().unwrap().iter().zip(&shares).map(arm).collect()
}

#[test]
fn intervals_for_display_reproduce_their_reference() {
    for case in cases("wilson") {
        let share = Share { hits: whole(&case["x"]), n: whole(&case["n"]) };
        let (low, high) = wilson(share, number(&case["alpha"]));
        same(low, &case["wilson"][0]);
        same(high, &case["wilson"][1]);
    }
    for case in cases("two_proportion_fixed") {
        let (low, high) = newcombe(share(&case["a"]), share(&case["b"]), 0.05);
        same(low, &case["newcomb"][0]);
        same(high, &case["newcomb"][1]);
    }
}

#[test]
fn the_posterior_reproduces_its_reference() {
    // An old arm without failures has a density with a pole, which the reference's quadrature missed by 8e-6 (it says
    // 0.968767331942749); the value here is from integration with 30 digits.
    let exact = higher_by(Share { hits: 0, n: 50 }, Share { hits: 3, n: 50 }, 0.5, 0.0);
    same(exact, &Value::from(0.968_759_333_124_943_7));
    for case in cases("beta_binomial_posterior").iter().filter(|case| whole(&case["a"][1]) > 0) {
        let (old, new) = (share(&case["a"]), share(&case["b"]));
        let ours = higher_by(old, new, number(&case["prior"][0]), number(&case["margin"]));
        same(ours, &case["prob"]);
    }
}

fn share(arm: &Value) -> Share {
    Share { hits: whole(&arm[1]), n: whole(&arm[0]) }
}
