//! Accepting connections: this machine is always served, others up to a bound and not for idling.

use axum::{
	extract::{connect_info::Connected, ConnectInfo, FromRequestParts},
	http::request::Parts,
	serve::{IncomingStream, Listener},
};
use std::{
	future::Future,
	io,
	net::{IpAddr, SocketAddr},
	pin::Pin,
	sync::Arc,
	task::{ready, Context, Poll},
	time::Duration,
};
use tokio::{
	io::{AsyncRead, AsyncWrite, ReadBuf},
	net::{TcpListener, TcpStream},
	sync::{OwnedSemaphorePermit, Semaphore},
	time::{sleep_until, Instant, Sleep},
};

/// Connections from other machines at a time.
const MAX_OTHER_CONNECTIONS: usize = 256;
/// How long a connection from another machine may make no progress.
const MAX_IDLE: Duration = Duration::from_secs(60);

/// Who is at the other end of a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Caller {
	/// On this machine, and not a proxy that speaks for somebody else.
	pub local: bool,
}

/// What proxies add to say for whom they speak.
const PROXY_HEADERS: [&str; 2] = ["forwarded", "x-forwarded-for"];

impl Caller {
	fn at(address: IpAddr) -> Self {
		Self { local: address.to_canonical().is_loopback() }
	}
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
	type Rejection = <ConnectInfo<Self> as FromRequestParts<S>>::Rejection;

	async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
		let ConnectInfo(Self { local }) = ConnectInfo::from_request_parts(parts, state).await?;
		let forwarded = PROXY_HEADERS.iter().any(|name| parts.headers.contains_key(*name));
		Ok(Self { local: local && !forwarded })
	}
}

impl Connected<IncomingStream<'_, BoundedListener>> for Caller {
	fn connect_info(stream: IncomingStream<'_, BoundedListener>) -> Self {
		Self::at(stream.remote_addr().ip())
	}
}

/// A listener that drops connections from other machines beyond the bound.
pub struct BoundedListener {
	inner: TcpListener,
	others: Arc<Semaphore>,
}

impl BoundedListener {
	/// Binds an address.
	pub async fn bind(address: SocketAddr) -> io::Result<Self> {
		let inner = TcpListener::bind(address).await?;
		Ok(Self { inner, others: Arc::new(Semaphore::new(MAX_OTHER_CONNECTIONS)) })
	}
}

impl Listener for BoundedListener {
	type Io = Connection;
	type Addr = SocketAddr;

	async fn accept(&mut self) -> (Connection, SocketAddr) {
		loop {
			let (stream, address) = Listener::accept(&mut self.inner).await;
			let _ = stream.set_nodelay(true);
			if Caller::at(address.ip()).local {
				return (Connection { stream, other: None }, address);
			}
			if let Ok(permit) = self.others.clone().try_acquire_owned() {
				let other = Some(Other::new(permit));
				return (Connection { stream, other }, address);
			}
		}
	}

	fn local_addr(&self) -> io::Result<SocketAddr> {
		self.inner.local_addr()
	}
}

/// A connection; one from another machine ends when it idles.
pub struct Connection {
	stream: TcpStream,
	other: Option<Other>,
}

struct Other {
	_permit: OwnedSemaphorePermit,
	progress_at: Instant,
	alarm: Pin<Box<Sleep>>,
}

impl Other {
	fn new(permit: OwnedSemaphorePermit) -> Self {
		let now = Instant::now();
		let alarm = Box::pin(sleep_until(idle_end(now)));
		Self { _permit: permit, progress_at: now, alarm }
	}

	/// Ready when there was no progress for too long.
	fn poll_idle(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
		loop {
			ready!(self.alarm.as_mut().poll(context));
			let end = idle_end(self.progress_at);
			if end <= Instant::now() {
				return Poll::Ready(io::ErrorKind::TimedOut.into());
			}
			self.alarm.as_mut().reset(end);
		}
	}
}

fn idle_end(progress_at: Instant) -> Instant {
	progress_at.checked_add(MAX_IDLE).unwrap_or(progress_at)
}

impl Connection {
	/// Notes progress, or ends the wait of an idle connection.
	fn watch<T>(
		&mut self,
		outcome: Poll<io::Result<T>>,
		context: &mut Context<'_>,
	) -> Poll<io::Result<T>> {
		let Some(other) = &mut self.other else { return outcome };
		if outcome.is_ready() {
			other.progress_at = Instant::now();
			return outcome;
		}
		other.poll_idle(context).map(Err)
	}
}

impl AsyncRead for Connection {
	fn poll_read(
		mut self: Pin<&mut Self>,
		context: &mut Context<'_>,
		buffer: &mut ReadBuf<'_>,
	) -> Poll<io::Result<()>> {
		let outcome = Pin::new(&mut self.stream).poll_read(context, buffer);
		self.watch(outcome, context)
	}
}

impl AsyncWrite for Connection {
	fn poll_write(
		mut self: Pin<&mut Self>,
		context: &mut Context<'_>,
		bytes: &[u8],
	) -> Poll<io::Result<usize>> {
		let outcome = Pin::new(&mut self.stream).poll_write(context, bytes);
		self.watch(outcome, context)
	}

	fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
		Pin::new(&mut self.stream).poll_flush(context)
	}

	fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
		Pin::new(&mut self.stream).poll_shutdown(context)
	}

	fn poll_write_vectored(
		mut self: Pin<&mut Self>,
		context: &mut Context<'_>,
		slices: &[io::IoSlice<'_>],
	) -> Poll<io::Result<usize>> {
		let outcome = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
		self.watch(outcome, context)
	}

	fn is_write_vectored(&self) -> bool {
		self.stream.is_write_vectored()
	}
}
