use sessionwire::Client;
use sessionwire::protocol::gateway::{Empty, HealthGet, UpstreamHealth};
use sessionwire::raw::FrameEvent;
use sessionwire_tests::TestGateway;

/// Waits until a gateway in front shows what its upstream has.
pub(crate) async fn until_live(front: &TestGateway) {
    until_health(front, |upstream| upstream.live.then_some(())).await
}

/// Waits until the health of a gateway in front says so of its upstream.
pub(crate) async fn until_health<T>(
    front: &TestGateway,
    is_it: impl Fn(&UpstreamHealth) -> Option<T>,
) -> T {
    let builder = Client::builder(&front.url()).token(TestGateway::TOKEN);
    let client = builder.keep_frames().connect().expect("it is an address");
    let mut frames = client.frames();
    loop {
        let health = client.call::<HealthGet>(&Empty {}).await;
        let upstream = health.expect("it answers").upstream;
        if let Some(found) = is_it(&upstream.expect("it has one")) {
            client.close().await;
            return found;
        }
        // Every connection is told when that changes.
        let is_health = |frame| matches!(frame, FrameEvent::Event { name, .. } if name == "health");
        while !is_health(frames.next().await.expect("it goes on")) {}
    }
}
