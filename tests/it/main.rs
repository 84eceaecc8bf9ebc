//! One integration binary, because every further one would link the AWS SDK again.

mod http;
mod lookup;
mod prober;
mod route53;
mod scripted_dns;
mod scripted_http;
