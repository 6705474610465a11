//! Real requests to servers on loopback that do their worst.

use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::*;
use crate::engine::clock::SystemClock;
use crate::engine::net::client::is_loopback;

fn net() -> HttpNet {
    HttpNet::new(Arc::new(SystemClock::new()))
}

fn call(port: u16) -> Call {
    Call::get(&format!("http://127.0.0.1:{port}/x"), Span::seconds(20))
}

/// A server that treats each connection so, and its port.
async fn server<F>(treat: impl Fn(TcpStream) -> F + Send + 'static) -> u16
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(treat(stream));
        }
    });
    port
}

/// A server that says this to the first request of each connection, and then hangs up.
async fn saying(reply: impl Into<Vec<u8>>) -> u16 {
    let reply = reply.into();
    server(move |mut stream| {
        let reply = reply.clone();
        async move {
            request(&mut stream).await;
            let _ = stream.write_all(&reply).await;
        }
    })
    .await
}

/// The head of a request, or nothing when the connection ends.
async fn request(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).await.is_ok_and(|length| length == 1) {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Type: Text/Plain; charset=utf-8\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

fn moved(status: u16, target: &str) -> String {
    format!("HTTP/1.1 {status} Moved\r\nLocation: {target}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}

#[tokio::test]
async fn an_answer_has_status_type_and_body() {
    let answer = net().send(call(saying(ok("fine")).await)).await.unwrap();
    assert_eq!((answer.status, answer.headers_count, answer.body.as_slice()), (200, 2, b"fine".as_slice()));
    assert_eq!(answer.content_type.as_deref(), Some("text/plain"));
}

#[tokio::test]
async fn an_address_with_control_characters_is_refused_and_not_repaired() {
    let port = saying(ok("fine")).await;
    for url in ["http://127.0.0.1:{}/a\nb", "http://127.0.0.1:{}/a\tb", "\u{1}http://127.0.0.1:{}/", "http://127.0.0.1:{}/ "] {
        let refused = net().send(Call::get(&url.replace("{}", &port.to_string()), Span::seconds(20))).await;
        assert!(matches!(refused, Err(NetError::BadCall { .. })), "{url:?}: {refused:?}");
    }
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    let port = server(move |mut stream| {
        counted.fetch_add(1, Ordering::SeqCst);
        async move {
            while !request(&mut stream).await.is_empty() {
                stream.write_all(ok("fine").as_bytes()).await.unwrap();
            }
        }
    })
    .await;
    let net = net();
    for _ in 0..3 {
        net.send(call(port)).await.unwrap();
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_server_that_hangs_is_given_up_at_the_deadline_with_the_place_where_it_hung() {
    let silent = server(|mut stream| async move {
        request(&mut stream).await;
        std::future::pending::<()>().await;
    });
    let halfway = server(|mut stream| async move {
        request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf").await.unwrap();
        std::future::pending::<()>().await;
    });
    // Every byte comes in time, and the whole never does.
    let dripping = server(|mut stream| async move {
        let clock = SystemClock::new();
        request(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n").await;
        while stream.write_all(b"x").await.is_ok() {
            clock.sleep_until(clock.now() + Span(5)).await;
        }
    });
    let cases = [(silent.await, Stage::Waiting), (halfway.await, Stage::Body), (dripping.await, Stage::Body)];
    for (port, stage) in cases {
        let after = Span(200);
        let result = net().send(Call { deadline: after, ..call(port) }).await;
        assert_eq!(result, Err(NetError::NoAnswer { after, stage }));
    }
}

#[tokio::test]
async fn a_server_that_takes_no_connections_is_told_from_one_that_is_silent() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    // Fills the queue of connections that nobody accepts.
    let mut queued = Vec::new();
    for _ in 0..2 {
        queued.push(TcpStream::connect(address).await.unwrap());
    }
    let after = Span(300);
    let result = net().send(Call { deadline: after, ..call(address.port()) }).await;
    assert_eq!(result, Err(NetError::NoAnswer { after, stage: Stage::Connecting }));
    assert_eq!(result.unwrap_err().to_string(), "no answer within 300ms (connecting)");
}

#[tokio::test]
async fn nobody_listening_is_a_refused_connection() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let error = net().send(call(port)).await.unwrap_err();
    assert_eq!(error.to_string(), format!("connection refused by 127.0.0.1:{port}"));
}

#[tokio::test]
async fn a_body_without_an_end_is_cut_off_at_its_limit() {
    let written = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&written);
    let port = server(move |mut stream| {
        let counted = Arc::clone(&counted);
        async move {
            request(&mut stream).await;
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            let block = vec![b'x'; 64 * 1024];
            while counted.load(Ordering::SeqCst) < 100_000_000 && stream.write_all(&block).await.is_ok() {
                counted.fetch_add(block.len(), Ordering::SeqCst);
            }
        }
    })
    .await;
    let error = net().send(call(port)).await.unwrap_err();
    assert_eq!(error.to_string(), "body larger than 1 MiB");
    assert!(written.load(Ordering::SeqCst) < 50_000_000, "the rest was not asked for");
}

#[tokio::test]
async fn a_small_body_that_grows_on_decompression_is_cut_off_too() {
    let bomb = gzip_of_zeros(50_000_000);
    assert!(bomb.len() < super::super::BODY_MAX);
    let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", bomb.len());
    let error = net().send(call(saying([head.into_bytes(), bomb].concat()).await)).await.unwrap_err();
    assert_eq!(error, NetError::TooLarge { max: super::super::BODY_MAX });
}

#[tokio::test]
async fn a_body_in_an_encoding_that_was_not_asked_for_is_refused_where_nothing_was_changed() {
    let reply = "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 7\r\n\r\nvalue 1";
    let error = net().send(call(saying(reply.as_bytes().to_vec()).await)).await.unwrap_err();
    assert!(error.to_string().contains("encoded as br, which was not asked for"), "{error}");
    let post = Call { method: Method::Post, ..call(saying(reply.as_bytes().to_vec()).await) };
    assert_eq!(net().send(post).await.unwrap().status, 200);
}

/// One deflate block with fixed codes: a zero, and "258 times what was one back" again and again.
pub(in crate::engine) fn gzip_of_zeros(length: usize) -> Vec<u8> {
    let again = std::iter::repeat_n("1100010100000", length / 258);
    let bits = std::iter::once("110").chain(std::iter::once("00110000")).chain(again).flat_map(str::bytes);
    let bits: Vec<u8> = bits.map(|bit| bit - b'0').collect();
    let packed = bits.chunks(8).map(|byte| byte.iter().rev().fold(0, |packed, bit| packed << 1 | bit));
    [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff].into_iter().chain(packed).collect()
}

#[tokio::test]
async fn a_redirect_stays_within_the_host_or_is_refused() {
    let home = server(|mut stream| async move {
        let head = request(&mut stream).await;
        let reply = if head.starts_with("POST /x ") { moved(302, "/y") } else { ok(head.lines().next().unwrap()) };
        stream.write_all(reply.as_bytes()).await.unwrap();
    })
    .await;
    let post = Call { method: Method::Post, body: Some("{}".to_owned()), ..call(home) };
    assert_eq!(net().send(post.clone()).await.unwrap().body, b"GET /y HTTP/1.1");
    assert_eq!(net().send(Call { follow: false, ..post }).await.unwrap().status, 302);

    let away = saying(moved(302, &format!("http://127.0.0.1:{home}/login?token=hunter2"))).await;
    let error = net().send(call(away)).await.unwrap_err();
    assert_eq!(error.to_string(), format!("redirected to 127.0.0.1:{home}: refused, it is another host"));

    let error = net().send(call(saying(moved(307, "/x")).await)).await.unwrap_err();
    assert_eq!(error.to_string(), "redirected more than 5 times");
}

#[test]
fn the_same_host_is_the_same_server() {
    let cases = [
        ("http://a/x", "http://a/y", true),
        ("http://a/x", "https://a/x", true),
        ("https://a/x", "http://a/x", false),
        ("http://a/x", "http://a:8080/x", false),
        ("http://a:8080/x", "https://a/x", false),
        ("http://a/x", "http://b/x", false),
        ("http://a/x", "http://a.b/x", false),
    ];
    for (from, to, home) in cases {
        assert_eq!(stays_home(&parse(from).unwrap(), &parse(to).unwrap()), home, "{from} to {to}");
    }
}

#[tokio::test]
async fn what_is_not_http_is_a_broken_connection() {
    for garbage in ["\u{1b}[2Jgarbage\r\n\r\n", "", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"] {
        let error = net().send(call(saying(garbage).await)).await.unwrap_err();
        assert!(error.to_string().starts_with("connection broken by 127.0.0.1:"), "{error}");
        assert!(!error.to_string().contains('\u{1b}'));
    }
}

#[tokio::test]
async fn headers_without_end_are_refused() {
    let head = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X-A: b\r\n".repeat(100_000));
    let error = net().send(call(saying(head).await)).await.unwrap_err();
    assert!(matches!(error, NetError::Broken { .. }), "{error}");
}

#[tokio::test]
async fn what_can_not_be_sent_is_told_without_the_secret_in_it() {
    let headers = vec![("Authorization".to_owned(), "hunter2\n".to_owned())];
    let error = net().send(Call { headers, ..call(1) }).await.unwrap_err();
    assert_eq!(error.to_string(), "bad request: header `Authorization` has characters that a header can't hold");
    for address in ["app:8080/health", "file:///etc/passwd", "", "http://"] {
        let error = net().send(Call::get(address, Span::SECOND)).await.unwrap_err();
        assert!(matches!(error, NetError::BadCall { .. }), "{address}: {error}");
    }
}

#[test]
fn this_machine_is_never_reached_by_a_proxy() {
    let cases = [("http://127.0.0.1:1/", true), ("http://[::1]/", true), ("http://localhost/", true), ("http://app/", false)];
    for (url, loopback) in cases {
        assert_eq!(is_loopback(&parse(url).unwrap()), loopback, "{url}");
    }
}
