//! A blocking DNS client and a blocking HTTP client, as small as the tests allow. They share nothing with the world.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use hickory_server::proto::op::{Message, Query};
use hickory_server::proto::rr::Name;

/// Longer than any answer takes; only a failing test waits for it.
const READ_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) fn question(name: &str, record_type: &str) -> Message {
    let mut message = Message::query();
    message.add_query(Query::query(
        Name::from_ascii(name).unwrap(),
        record_type.parse().unwrap(),
    ));
    message
}

pub(super) fn udp(server: SocketAddr) -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(READ_TIMEOUT)).unwrap();
    socket.connect(server).unwrap();
    socket
}

/// Sends a message and gives the answer with its length in bytes.
pub(super) fn exchange_udp(server: SocketAddr, message: &Message) -> (Message, usize) {
    let socket = udp(server);
    socket.send(&message.to_vec().unwrap()).unwrap();
    let mut buffer = vec![0; 65_535];
    let length = socket.recv(&mut buffer).unwrap();
    let answer = Message::from_vec(&buffer[..length]).unwrap();
    assert_eq!(answer.metadata.id, message.metadata.id);
    (answer, length)
}

pub(super) fn ask_udp(server: SocketAddr, message: &Message) -> Message {
    exchange_udp(server, message).0
}

pub(super) fn ask_tcp(server: SocketAddr, message: &Message) -> Message {
    let mut stream = TcpStream::connect(server).unwrap();
    stream.set_read_timeout(Some(READ_TIMEOUT)).unwrap();
    let bytes = message.to_vec().unwrap();
    let length = u16::try_from(bytes.len()).unwrap();
    stream.write_all(&length.to_be_bytes()).unwrap();
    stream.write_all(&bytes).unwrap();
    let mut length = [0; 2];
    stream.read_exact(&mut length).unwrap();
    let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut answer).unwrap();
    Message::from_vec(&answer).unwrap()
}

/// One HTTP response.
#[derive(Debug)]
pub(super) struct Http {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: String,
}

impl Http {
    /// Opens a connection to the server of a URL.
    pub(super) fn connect(url: &str) -> TcpStream {
        let server = url.trim_start_matches("http://").trim_end_matches('/');
        let stream = TcpStream::connect(server).unwrap();
        stream.set_read_timeout(Some(READ_TIMEOUT)).unwrap();
        stream
    }
}

/// Sends a request and gives what came back until the connection closed, which may be nothing.
pub(super) fn raw_request(url: &str, method: &str, path: &str, signed: bool) -> Vec<u8> {
    let mut stream = Http::connect(url);
    let authorization = if signed {
        "Authorization: AWS4-HMAC-SHA256 Credential=R53MONDEMO/20260101/us-east-1/route53/aws4_request\r\n"
    } else {
        ""
    };
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\n{authorization}Connection: close\r\n\r\n"
    );
    let mut response = Vec::new();
    // A server that hangs up may do so while the request is still being written.
    if stream.write_all(request.as_bytes()).is_ok() {
        let _ = stream.read_to_end(&mut response);
    }
    response
}

/// Sends a signed request with a document.
pub(super) fn post(url: &str, path: &str, body: &str) -> Http {
    let mut stream = Http::connect(url);
    let length = body.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: AWS4-HMAC-SHA256 Credential=a\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).unwrap();
    read_response(response)
}

pub(super) fn request(url: &str, method: &str, path: &str, signed: bool) -> Http {
    read_response(raw_request(url, method, path, signed))
}

fn read_response(response: Vec<u8>) -> Http {
    let text = String::from_utf8(response).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    Http {
        status: head[9..12].parse().unwrap(),
        head: head.to_ascii_lowercase(),
        body: body.to_owned(),
    }
}

pub(super) fn get(url: &str, path: &str, signed: bool) -> Http {
    request(url, "GET", path, signed)
}
