//! Answers the methods.

use crate::{
	api::TrainingRpcServer,
	cursor::Request,
	follow::{Follower, Notification},
	types::{
		roles_of, Account, BlockRef, Bounty, BountyAt, BountyFilter, BountyPage, BountySpec,
		Cursor, HexHash, NodeAt, NodeFilter, NodePage, Quote, ReceiptPage, ReferendumFilter,
		ReferendumPage, Round, RoundAt,
	},
	Chain, Error, DEFAULT_PAGE, MAX_PAGE,
};
use codec::Decode;
use futures::StreamExt;
use jsonrpsee::{
	core::{async_trait, SubscriptionResult},
	PendingSubscriptionSink, SubscriptionMessage,
};
use serde::Serialize;
use sheaf_training::{self as training, AccountId, BountyId, RoundIndex};
use sp_core::H256;
use std::{sync::Arc, time::Duration};
use tokio::task::spawn_blocking;

/// A subscriber that takes no notification for so long is dropped.
const SLOWEST_SUBSCRIBER: Duration = Duration::from_secs(30);
/// Changes of the chain that are looked at as one, if a subscriber is slow.
const CHANGES_AT_ONCE: usize = 1_024;

/// Answers the methods from a chain.
pub struct TrainingRpc<C> {
	chain: Arc<C>,
}

/// A page's size and where it is.
struct Page<P> {
	at: BlockRef,
	limit: u32,
	position: Option<P>,
}

impl<C: Chain> TrainingRpc<C> {
	/// Asks this chain.
	pub fn new(chain: Arc<C>) -> Self {
		Self { chain }
	}

	/// The block to read: `at`, or the best one.
	fn block(&self, at: Option<HexHash>) -> Result<BlockRef, Error> {
		self.chain.block(at.map_or_else(|| self.chain.heads().best.hash.0, |hash| hash.0))
	}

	fn page<P: Decode>(
		&self,
		request: Request,
		limit: Option<u32>,
		cursor: Option<Cursor>,
		at: Option<HexHash>,
	) -> Result<Page<P>, Error> {
		let limit = limit.unwrap_or(DEFAULT_PAGE);
		if !(1..=MAX_PAGE).contains(&limit) {
			return Err(Error::PageOutOfRange(limit));
		}
		let Some(cursor) = cursor else {
			return Ok(Page { at: self.block(at)?, limit, position: None });
		};
		let (hash, position) = request.read(&cursor)?;
		if at.is_some_and(|at| at.0 != hash) {
			return Err(Error::WrongCursor);
		}
		let at = self.chain.block(hash).map_err(|error| match error {
			Error::UnknownBlock(_) | Error::PrunedBlock(_) => Error::StaleCursor,
			other => other,
		})?;
		Ok(Page { at, limit, position: Some(position) })
	}

	/// A round, none if the bounty has no such live one.
	fn live_round(
		&self,
		at: H256,
		bounty: BountyId,
		round: RoundIndex,
	) -> Result<Option<Round>, Error> {
		let status = self.chain.round(at, bounty, round)?;
		Ok(status.map(|status| Round::of(bounty.0, round.0, status)))
	}

	/// Refuses a bounty that there is not.
	fn ensure_bounty(&self, at: H256, bounty: BountyId) -> Result<(), Error> {
		let known = self.chain.bounty(at, bounty)?.is_some();
		known.then_some(()).ok_or(Error::UnknownBounty(bounty))
	}

	/// Tells a subscriber what `read` finds on the best chain, as long as it listens.
	async fn follow<T, F>(
		&self,
		pending: PendingSubscriptionSink,
		bounty: BountyId,
		read: F,
	) -> SubscriptionResult
	where
		T: Clone + PartialEq + Serialize + Send + 'static,
		F: Fn(&Self, H256) -> Result<Option<T>, Error> + Clone + Send + 'static,
	{
		// Subscribed before the first look, so that no change is between them.
		let mut changes = self.chain.changes().ready_chunks(CHANGES_AT_ONCE);
		let this = Self::new(self.chain.clone());
		let known = spawn_blocking(move || {
			let at = this.block(None)?;
			this.ensure_bounty(at.hash.0, bounty)
		});
		if let Err(error) = known.await? {
			pending.reject(error).await;
			return Ok(());
		}
		let sink = pending.accept().await?;
		let mut follower = Follower::default();
		loop {
			let (this, read) = (Self::new(self.chain.clone()), read.clone());
			let look = move || {
				let news = follower.look(&*this.chain, |at| read(&this, at));
				(follower, news)
			};
			let (after, news): (_, Result<Vec<Notification<T>>, Error>) =
				spawn_blocking(look).await?;
			follower = after;
			// A block that cannot be read is passed over: the next one says what has changed.
			for notification in news.unwrap_or_default() {
				let message = SubscriptionMessage::from_json(&notification)?;
				sink.send_timeout(message, SLOWEST_SUBSCRIBER).await?;
			}
			tokio::select! {
				() = sink.closed() => return Ok(()),
				change = changes.next() => if change.is_none() { return Ok(()) },
			}
		}
	}
}

/// Checks the size of a filter for bounties.
fn bounty_filter(filter: BountyFilter) -> Result<training::BountyFilter, Error> {
	let stages: Vec<_> = filter.stages.into_iter().map(Into::into).collect();
	Ok(training::BountyFilter {
		stages: stages.try_into().map_err(|_| Error::TooManyStages)?,
		sponsor: filter.sponsor.map(|account| account.0),
		trainer: filter.trainer.map(|account| account.0),
	})
}

#[async_trait]
impl<C: Chain> TrainingRpcServer for TrainingRpc<C> {
	fn bounty_list(
		&self,
		filter: Option<BountyFilter>,
		limit: Option<u32>,
		cursor: Option<Cursor>,
		at: Option<HexHash>,
	) -> Result<BountyPage, Error> {
		let filter = bounty_filter(filter.unwrap_or_default())?;
		let request = Request::new("bounty_list", &filter);
		let Page { at, limit, position } = self.page(request, limit, cursor, at)?;
		let page = self.chain.list_bounties(at.hash.0, filter, position, limit)?;
		Ok(BountyPage {
			at,
			bounties: page.bounties.into_iter().map(Into::into).collect(),
			next: page.next.map(|last| request.cursor(at.hash.0, last)),
		})
	}

	fn bounty_get(&self, bounty: u32, at: Option<HexHash>) -> Result<BountyAt, Error> {
		let at = self.block(at)?;
		let id = BountyId(bounty);
		let view = self.chain.bounty(at.hash.0, id)?.ok_or(Error::UnknownBounty(id))?;
		Ok(BountyAt { at, bounty: view.into() })
	}

	fn bounty_quote(&self, spec: BountySpec, at: Option<HexHash>) -> Result<Quote, Error> {
		let spec = spec.try_into().map_err(Error::MalformedSpec)?;
		let at = self.block(at)?;
		let quote = self.chain.quote(at.hash.0, spec)?.map_err(Error::SpecRefused)?;
		Ok(Quote::of(at, quote))
	}

	fn round_get(&self, bounty: u32, round: u32, at: Option<HexHash>) -> Result<RoundAt, Error> {
		let (bounty, round) = (BountyId(bounty), RoundIndex(round));
		let at = self.block(at)?;
		match self.live_round(at.hash.0, bounty, round)? {
			Some(round) => Ok(RoundAt { at, round }),
			None => {
				self.ensure_bounty(at.hash.0, bounty)?;
				Err(Error::RoundNotLive(bounty, round))
			}
		}
	}

	fn node_list(
		&self,
		filter: Option<NodeFilter>,
		limit: Option<u32>,
		cursor: Option<Cursor>,
		at: Option<HexHash>,
	) -> Result<NodePage, Error> {
		let filter = filter.unwrap_or_default();
		let filter = training::NodeFilter {
			roles: roles_of(&filter.roles),
			region: filter.region.map(String::into_bytes),
		};
		let request = Request::new("node_list", &filter);
		let Page { at, limit, position } = self.page::<AccountId>(request, limit, cursor, at)?;
		let page = self.chain.list_nodes(at.hash.0, filter, position, limit)?;
		Ok(NodePage {
			at,
			nodes: page.nodes.into_iter().map(Into::into).collect(),
			next: page.next.map(|last| request.cursor(at.hash.0, last)),
		})
	}

	fn node_get(&self, account: Account, at: Option<HexHash>) -> Result<NodeAt, Error> {
		let at = self.block(at)?;
		let view = self.chain.node(at.hash.0, account.0.clone())?;
		let node = view.ok_or_else(|| Error::UnknownNode(account.to_string()))?.into();
		Ok(NodeAt { at, node })
	}

	fn rewards_receipts(
		&self,
		account: Account,
		limit: Option<u32>,
		cursor: Option<Cursor>,
		at: Option<HexHash>,
	) -> Result<ReceiptPage, Error> {
		let request = Request::new("rewards_receipts", &account.0);
		let Page { at, limit, position } = self.page::<u32>(request, limit, cursor, at)?;
		let start = position.unwrap_or(0);
		let found = self.chain.receipts(at.hash.0, account.0, start, limit)?;
		let asked = found.total.saturating_sub(start).min(limit);
		let end = start.saturating_add(asked);
		Ok(ReceiptPage {
			at,
			total: found.total,
			missing: asked.saturating_sub(found.page.len() as u32),
			receipts: found.page.into_iter().map(Into::into).collect(),
			next: (end < found.total).then(|| request.cursor(at.hash.0, end)),
		})
	}

	fn governance_referenda(
		&self,
		filter: Option<ReferendumFilter>,
		limit: Option<u32>,
		cursor: Option<Cursor>,
		at: Option<HexHash>,
	) -> Result<ReferendumPage, Error> {
		let filter = filter.unwrap_or_default().into();
		let request = Request::new("governance_referenda", &filter);
		let Page { at, limit, position } = self.page::<u32>(request, limit, cursor, at)?;
		let page = self.chain.referenda(at.hash.0, filter, position, limit)?;
		let next = page.next.map(|last| request.cursor(at.hash.0, last));
		Ok(ReferendumPage::of(at, page, next))
	}

	async fn bounty_subscribe(
		&self,
		pending: PendingSubscriptionSink,
		bounty: u32,
	) -> SubscriptionResult {
		let id = BountyId(bounty);
		self.follow(pending, id, move |this, at| Ok(this.chain.bounty(at, id)?.map(Bounty::from)))
			.await
	}

	async fn round_subscribe(
		&self,
		pending: PendingSubscriptionSink,
		bounty: u32,
		round: u32,
	) -> SubscriptionResult {
		let (bounty, round) = (BountyId(bounty), RoundIndex(round));
		self.follow(pending, bounty, move |this, at| this.live_round(at, bounty, round)).await
	}
}
