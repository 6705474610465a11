//! The embedded service on its socket: who is let in, and what each fault does to a connection.
//!
//! For: serving `answer` on loopback until stopped.
//! May not touch: the clock, any address but 127.0.0.1.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::CONTENT_TYPE;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

use crate::demo::answer::{Answer, answer};
use crate::demo::traffic::Traffic;
use crate::link::Fault;
use crate::time::{Moment, Span};

/// Tells the target what time it is.
pub type Now = Arc<dyn Fn() -> Moment + Send + Sync>;

const BODY_BYTES_MAX: usize = 16 * 1024;
/// Far above what a room and a few browsers need, far below what a process may open.
const CONNECTIONS_MAX: usize = 256;
const BACKLOG: u32 = 128;
const SEED: u64 = 0x5eed_0f0d_e300;

/// A running target; it stops when dropped.
pub struct Target {
    address: SocketAddr,
    fault: watch::Sender<Fault>,
    serving: AbortHandle,
}

/// What every connection shares.
#[derive(Clone)]
struct Desk {
    traffic: Arc<Mutex<Traffic>>,
    now: Now,
    fault: watch::Receiver<Fault>,
}

impl Target {
    /// Starts serving on a port of the system's choice. Call it inside a tokio runtime.
    pub fn start(now: Now) -> io::Result<Self> {
        Self::start_on(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), now)
    }

    /// Starts serving where an earlier one did, which called itself [so](Self::address).
    pub fn start_again(address: &str, now: Now) -> io::Result<Self> {
        let port = address.strip_prefix("http://127.0.0.1:").and_then(|port| port.parse().ok());
        let port: u16 = port.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "no demo's target was there"))?;
        Self::start_on(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), now)
    }

    fn start_on(address: SocketAddr, now: Now) -> io::Result<Self> {
        let socket = bind(address)?;
        let address = socket.local_addr()?;
        let listener = socket.listen(BACKLOG)?;
        let (fault, faults) = watch::channel(Fault::None);
        // It has been serving for a while, so that the first look finds something.
        let traffic = Arc::new(Mutex::new(Traffic::start(SEED, now() - Span::MINUTE)));
        let desk = Desk { traffic, now, fault: faults };
        let serving = tokio::spawn(serve(listener, address, desk)).abort_handle();
        Ok(Self { address, fault, serving })
    }

    /// `http://127.0.0.1:40123`
    pub fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Makes it go wrong in this way from now on, or right again.
    pub fn fault(&self, fault: Fault) {
        self.fault.send_replace(fault);
    }

    /// Closes the port and every connection.
    pub fn stop(&self) {
        self.serving.abort();
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Serves while it may, and refuses while it is down. Ends only by being aborted or when the port is lost.
async fn serve(mut listener: TcpListener, address: SocketAddr, mut desk: Desk) {
    loop {
        listen(&listener, &mut desk).await;
        // A socket that is bound but doesn't listen refuses connections, and keeps the port from being taken.
        drop(listener);
        let opened = match bind(address) {
            Ok(refusing) => {
                desk.until(|fault| fault != Fault::Down).await;
                refusing.listen(BACKLOG)
            }
            Err(error) => Err(error),
        };
        listener = match opened {
            Ok(listener) => listener,
            Err(error) => {
                tracing::error!("the demo's target lost its port {address}: {error}");
                return;
            }
        };
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    // Connections that were just cut would hold the port for a minute. It counts only if every socket says so, the first too.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

/// Takes connections until the fault is [`Fault::Down`], which cuts them all.
async fn listen(listener: &TcpListener, desk: &mut Desk) {
    let mut connections = JoinSet::new();
    loop {
        desk.note_fault();
        if *desk.fault.borrow() == Fault::Down {
            return;
        }
        let room = connections.len() < CONNECTIONS_MAX;
        tokio::select! {
            changed = desk.fault.changed() => if changed.is_err() { return },
            accepted = listener.accept(), if room => match accepted {
                Ok((stream, _)) => drop(connections.spawn(converse(stream, desk.clone()))),
                // Mostly too many open files: it gets better when a connection ends.
                Err(error) => {
                    tracing::warn!("the demo's target can't take a connection: {error}");
                    if connections.join_next().await.is_none() {
                        tokio::task::yield_now().await;
                    }
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// One connection, as many requests as it likes. How it ended concerns only the one who called.
async fn converse(stream: TcpStream, desk: Desk) {
    let service = service_fn(|request| {
        let mut desk = desk.clone();
        async move { Ok::<_, Infallible>(desk.respond(request).await) }
    });
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

impl Desk {
    async fn respond(&mut self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        self.until(|fault| fault != Fault::Hang).await;
        self.note_fault();
        let (head, body) = request.into_parts();
        let answer = match Limited::new(body, BODY_BYTES_MAX).collect().await {
            Ok(body) => {
                let mut traffic = self.traffic.lock().unwrap_or_else(PoisonError::into_inner);
                answer(&mut traffic, (self.now)(), &head.method, head.uri.path(), &body.to_bytes())
            }
            Err(_) => Answer::refusal(StatusCode::PAYLOAD_TOO_LARGE, &format!("at most {BODY_BYTES_MAX} bytes are read")),
        };
        written(answer)
    }

    /// Waits for a fault that is `fine`; when the target is gone, forever.
    async fn until(&mut self, fine: impl Fn(Fault) -> bool) {
        if self.fault.wait_for(|fault| fine(*fault)).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// The traffic is told of the fault by whoever sees it first, so that no answer is older than the fault.
    fn note_fault(&self) {
        let fault = *self.fault.borrow();
        let mut traffic = self.traffic.lock().unwrap_or_else(PoisonError::into_inner);
        if traffic.fault() != fault {
            traffic.fail(fault, (self.now)());
        }
    }
}

fn written(answer: Answer) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(answer.body)));
    *response.status_mut() = answer.status;
    response.headers_mut().insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static(answer.content_type));
    response
}

#[cfg(test)]
#[path = "target_tests.rs"]
mod tests;
