//! Counters of requests in Redis. The script does the arithmetic of `domain::request_limit` by the clock of
//! Redis.

use relay::SharedCounters;

use super::LimitIdentity;
use crate::domain::request_limit::{LimitWindow, RequestCounts, RequestLimits};
use crate::domain::{DateTime, Utc};

/// Names of the counters of an identity. That of the minute has the limit, under which it was counted. While
/// `warned` exists, an exceeded limit of the minute is not announced again.
fn names(limits: &RequestLimits) -> [String; 4] {
    let minute = format!("minute:{}", limits.interval());
    [minute, "hour".to_owned(), "day".to_owned(), "warned".to_owned()]
}

/// Counts a request in all windows, or in none if one is full. A counter that is missing begins with the
/// number that the process knows of the same window, so that a restart of Redis resets nothing.
pub const SCRIPT: &str = r"
local interval, minute, soft, hour_most, day_most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local known_at, known_hour, known_day = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local time = redis.call('TIME')
local seconds = tonumber(time[1])
local now = seconds * 1000000 + tonumber(time[2])
local function count(key, length, known)
  local stored = redis.call('GET', key)
  if stored then return tonumber(stored) end
  if math.floor(known_at / length) == math.floor(seconds / length) then return known end
  return 0
end
local tat = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local hour, day = count(KEYS[2], 3600, known_hour), count(KEYS[3], 86400, known_day)
local refused = 0
if tat + interval - now > interval * minute then refused = 1
elseif hour >= hour_most then refused = 2
elseif day >= day_most then refused = 3 end
local news = 0
if refused == 0 then
  tat, hour, day = tat + interval, hour + 1, day + 1
  redis.call('SET', KEYS[1], string.format('%.0f', tat), 'PX', math.ceil((tat - now) / 1000) + 1)
  for n, window in ipairs({{hour, 3600}, {day, 86400}}) do
    redis.call('SET', KEYS[n + 1], window[1])
    redis.call('EXPIREAT', KEYS[n + 1], (math.floor(seconds / window[2]) + 1) * window[2])
  end
  if tat - now > interval * soft and redis.call('SET', KEYS[4], 1, 'NX', 'EX', 60) then news = 1 end
end
return {refused, now, tat, hour, day, news}
";

/// Reply of the script.
pub struct SharedReply {
    pub counts: RequestCounts,
    pub refused: Option<LimitWindow>,
    /// Whether the soft limit of the minute is exceeded, for the first time within a minute.
    pub is_news: bool,
}

/// Counts a request. None if Redis does not answer in time.
pub async fn take(
    counters: &SharedCounters,
    identity: &LimitIdentity,
    reset_at: Option<DateTime<Utc>>,
    limits: &RequestLimits,
    known: RequestCounts,
) -> Option<SharedReply> {
    let [minute, hour, day] =
        [LimitWindow::Minute, LimitWindow::Hour, LimitWindow::Day].map(|it| limits.hard(it));
    let soft = limits.soft(LimitWindow::Minute);
    let known = [known.at / 1_000_000, known.hour, known.day];
    let interval = limits.interval();
    let arguments = [interval, minute, soft, hour, day].into_iter().chain(known).collect();
    let reply = counters.run(&group(identity, reset_at), &names(limits), arguments).await?;
    let [refused, at, tat, hour, day, news] = reply[..] else { return None };
    let refused = usize::try_from(refused - 1).ok().and_then(|n| LimitWindow::ALL.get(n).copied());
    Some(SharedReply { counts: RequestCounts { at, tat, interval, hour, day }, refused, is_news: news == 1 })
}

/// Reads the counters of several identities: those of the minute, the hour and the day.
pub async fn read(
    counters: &SharedCounters,
    identities: &[(LimitIdentity, Option<DateTime<Utc>>, RequestLimits)],
) -> Option<Vec<[Option<i64>; 3]>> {
    let keys = identities.iter().flat_map(|(identity, reset_at, limits)| {
        let group = group(identity, *reset_at);
        names(limits).into_iter().take(3).map(move |name| (group.clone(), name))
    });
    let values = counters.read(&keys.collect::<Vec<_>>()).await?;
    Some(values.chunks_exact(3).map(|of| [of[0], of[1], of[2]]).collect())
}

/// Common part of the counters' names. It holds the time of the last reset, so that no process reads counters
/// from before again.
fn group(identity: &LimitIdentity, reset_at: Option<DateTime<Utc>>) -> String {
    let name = match identity {
        LimitIdentity::Account(owner) => format!("u{owner}"),
        LimitIdentity::Key(_, key) => format!("k{key}"),
        LimitIdentity::Network(network) => format!("n{network}"),
    };
    format!("{name}:{}", reset_at.map_or(0, |at| at.timestamp_micros()))
}
