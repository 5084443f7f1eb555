//! An answer that is on its way: awaited, or waited for.

use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use futures::channel::oneshot;

use crate::StoreError;

/// An answer of the store that is on its way: a future of any executor, or [`wait`](Self::wait).
///
/// Reads and writes are under way when the call returns, in the order of the calls; dropping the
/// answer does not undo them. What streams octets proceeds while it is polled.
#[must_use = "an answer that nobody looks at may be an error"]
pub struct Pending<T, E = StoreError> {
    answer: Pin<Box<dyn Future<Output = Result<T, E>> + Send>>,
}

impl<T: Send + 'static, E: From<StoreError> + Send + 'static> Pending<T, E> {
    /// What a future gives.
    pub(crate) fn new(answer: impl Future<Output = Result<T, E>> + Send + 'static) -> Self {
        Self { answer: Box::pin(answer) }
    }

    /// What another thread sends. A thread that is gone sends nothing: the store is closed.
    pub(crate) fn receiving(receiver: oneshot::Receiver<Result<T, E>>) -> Self {
        Self::new(async move { receiver.await.unwrap_or(Err(StoreError::Refusing.into())) })
    }

    /// What is known already.
    pub(crate) fn ready(answer: Result<T, E>) -> Self {
        Self::new(std::future::ready(answer))
    }

    /// Blocks this thread until the answer is there. Not for threads of an asynchronous executor.
    ///
    /// # Errors
    /// As awaiting it.
    pub fn wait(self) -> Result<T, E> {
        block_on(self.answer)
    }
}

impl<T, E> Future for Pending<T, E> {
    type Output = Result<T, E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.answer.as_mut().poll(cx)
    }
}

impl<T, E> fmt::Debug for Pending<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pending")
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Polls on this thread until the future is ready; may be nested, unlike that of `futures`.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut cx = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut cx) {
            Poll::Ready(answer) => return answer,
            Poll::Pending => thread::park(),
        }
    }
}
