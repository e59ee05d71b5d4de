//! Weights of the calls that the filter of [`proposals`](super::proposals) looks into: the SDK's own,
//! and the most that looking takes.

use crate::{
	governance::proposals::{MAX_LOOKUPS, MAX_PARAMETERS},
	Runtime,
};
use frame_support::weights::Weight;
use pallet_parameters::WeightInfo as ParametersWeightInfo;
use pallet_referenda::{weights::SubstrateWeight, WeightInfo as ReferendaWeightInfo};

/// To decode the longest proposals and to walk through them, without reading the state.
const PICOSECONDS_TO_READ: u64 = 1_000_000_000;

/// Items that the check of one range reads at most: other parameters, the list of verifiers, and the
/// bond of each.
const MAX_READS: u64 = 4 + 1_000;

/// Weights with what the filter takes.
pub struct Inspected;

/// To check the ranges of this many parameters.
fn ranges(parameters: u32) -> Weight {
	let reads = MAX_READS.saturating_mul(parameters.into());
	<Runtime as frame_system::Config>::DbWeight::get().reads(reads)
}

impl ParametersWeightInfo for Inspected {
	fn set_parameter() -> Weight {
		<() as ParametersWeightInfo>::set_parameter().saturating_add(ranges(1))
	}
}

/// Takes over the SDK's weights.
macro_rules! as_measured {
	($($name:ident)*) => {$(
		fn $name() -> Weight {
			SubstrateWeight::<Runtime>::$name()
		}
	)*};
}

impl ReferendaWeightInfo for Inspected {
	fn submit() -> Weight {
		// A preimage is two items: its status and its bytes.
		let lookups = u64::from(MAX_LOOKUPS).saturating_mul(2);
		SubstrateWeight::<Runtime>::submit()
			.saturating_add(Weight::from_parts(PICOSECONDS_TO_READ, 0))
			.saturating_add(<Runtime as frame_system::Config>::DbWeight::get().reads(lookups))
			.saturating_add(ranges(MAX_PARAMETERS))
	}

	as_measured! {
		place_decision_deposit_preparing
		place_decision_deposit_queued
		place_decision_deposit_not_queued
		place_decision_deposit_passing
		place_decision_deposit_failing
		refund_decision_deposit
		refund_submission_deposit
		cancel
		kill
		one_fewer_deciding_queue_empty
		one_fewer_deciding_failing
		one_fewer_deciding_passing
		nudge_referendum_requeued_insertion
		nudge_referendum_requeued_slide
		nudge_referendum_queued
		nudge_referendum_not_queued
		nudge_referendum_no_deposit
		nudge_referendum_preparing
		nudge_referendum_timed_out
		nudge_referendum_begin_deciding_failing
		nudge_referendum_begin_deciding_passing
		nudge_referendum_begin_confirming
		nudge_referendum_end_confirming
		nudge_referendum_continue_not_confirming
		nudge_referendum_continue_confirming
		nudge_referendum_approved
		nudge_referendum_rejected
		set_some_metadata
		clear_metadata
	}
}
