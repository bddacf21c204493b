//! Devices of users. Revoked ones stay, so that their next contact can be told.

use sea_orm::QueryResult;

use super::sql::{all, args, execute, one, row, sql, to_json, value, values};
use super::{ConnectionTrait, DbErr};
use crate::device::{Challenge, ChallengeSlice, Device, DeviceChange, HeldCopies, NewDevice};
use crate::playback::minutes;
use crate::{DateTime, DeviceId, UserId, Utc};

row!(Device {
    id, vault, name, platform, budget_mb, allow_metered, persisted, used_bytes, build, created_at,
    last_seen_at; ; ; held: read_held
});

fn read_held(row: &QueryResult, prefix: &str) -> Result<HeldCopies, DbErr> {
    let seconds: i64 = row.try_get(prefix, "held_seconds")?;
    Ok(HeldCopies {
        copies: row.try_get(prefix, "held_copies")?,
        bytes: row.try_get(prefix, "held_bytes")?,
        minutes: minutes(seconds as f64),
        proved_at: row.try_get(prefix, "held_proved_at")?,
    })
}

/// Devices of user `$1` that are not revoked, each with its held copies. Only proved copies count as minutes.
const SELECT: &str = "SELECT v.*, COUNT(c.download_id) AS held_copies,
        CAST(COALESCE(SUM(c.bytes), 0) AS BIGINT) AS held_bytes,
        CAST(COALESCE(SUM(CASE WHEN c.proved_at IS NOT NULL THEN i.duration_seconds END), 0) AS BIGINT)
            AS held_seconds,
        MIN(CASE WHEN i.duration_seconds > 0 THEN c.proved_at END) AS held_proved_at
    FROM device v LEFT JOIN copy c ON c.device_id = v.id AND c.state = 'held'
    LEFT JOIN download d ON d.id = c.download_id AND d.user_id = v.user_id
    LEFT JOIN item i ON i.id = d.item_id
    WHERE v.user_id = $1 AND v.revoked_at IS NULL";

/// Lists devices, the latest registration first.
pub async fn list(db: &impl ConnectionTrait, owner: UserId) -> Result<Vec<Device>, DbErr> {
    all(db, sql!("{SELECT} GROUP BY v.id ORDER BY v.id DESC"), args![owner]).await
}

pub async fn get(db: &impl ConnectionTrait, owner: UserId, id: DeviceId) -> Result<Option<Device>, DbErr> {
    one(db, sql!("{SELECT} AND v.id = $2 GROUP BY v.id"), args![owner, id]).await
}

/// Names of the user's devices that are not revoked.
pub async fn names(db: &impl ConnectionTrait, owner: UserId) -> Result<Vec<String>, DbErr> {
    values(db, "SELECT name FROM device WHERE user_id = $1 AND revoked_at IS NULL", args![owner]).await
}

/// The user's device that was registered with a key and is not revoked.
pub async fn by_key(db: &impl ConnectionTrait, owner: UserId, key: &str) -> Result<Option<DeviceId>, DbErr> {
    let sql = "SELECT id FROM device WHERE user_id = $1 AND client_key = $2 AND revoked_at IS NULL";
    value(db, sql, args![owner, key]).await
}

pub async fn insert(
    db: &impl ConnectionTrait,
    owner: UserId,
    vault: &str,
    new: &NewDevice,
    now: DateTime<Utc>,
) -> Result<DeviceId, DbErr> {
    let sql = "INSERT INTO device (user_id, vault, name, platform, budget_mb, allow_metered, client_key, created_at,
            last_seen_at, drained_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $8) RETURNING id";
    let NewDevice { name, platform, budget_mb, allow_metered, key } = new;
    let (name, platform, key) = (name.as_str(), platform.as_str(), key.as_deref());
    let values = args![owner, vault, name, platform, *budget_mb, *allow_metered, key, now];
    value(db, sql, values).await?.ok_or(DbErr::RecordNotInserted)
}

/// Changes a device. False if the user has no such device.
pub async fn change(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: DeviceId,
    change: &DeviceChange,
) -> Result<bool, DbErr> {
    let sql = "UPDATE device SET name = COALESCE($3, name), budget_mb = COALESCE($4, budget_mb),
            allow_metered = COALESCE($5, allow_metered), planned_at = NULL
         WHERE user_id = $1 AND id = $2 AND revoked_at IS NULL";
    let values = args![owner, id, change.name.as_deref(), change.budget_mb, change.allow_metered];
    Ok(execute(db, sql, values).await? > 0)
}

/// Revokes a device (compare-and-set), with its copies, plans and challenge. False if it is revoked, or not
/// this user's.
pub async fn revoke(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: DeviceId,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "UPDATE device SET revoked_at = $3 WHERE user_id = $1 AND id = $2 AND revoked_at IS NULL";
    if execute(db, sql, args![owner, id, now]).await? == 0 {
        return Ok(false);
    }
    for table in ["copy", "challenge", "contact"] {
        let sql = sql!("DELETE FROM {table} WHERE user_id = $1 AND device_id = $2");
        execute(db, sql, args![owner, id]).await?;
    }
    // Claims stay: they are counted as unconfirmed.
    let sql = "DELETE FROM plan WHERE user_id = $1 AND device_id = $2
         AND NOT EXISTS (SELECT 1 FROM outcome o WHERE o.plan_id = plan.id)";
    execute(db, sql, args![owner, id]).await?;
    Ok(true)
}

/// Forgets all but the latest revoked devices of a user.
pub async fn forget_revoked(db: &impl ConnectionTrait, owner: UserId, kept: i64) -> Result<(), DbErr> {
    let sql = "DELETE FROM device WHERE user_id = $1 AND revoked_at IS NOT NULL AND id NOT IN (
            SELECT id FROM device WHERE user_id = $1 AND revoked_at IS NOT NULL
            ORDER BY revoked_at DESC, id DESC LIMIT $2)";
    execute(db, sql, args![owner, kept]).await.map(|_| ())
}

/// Device at the begin of a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceState {
    pub id: DeviceId,
    pub name: String,
    pub budget_mb: i64,
    pub allow_metered: bool,
    /// Number of its newest inventory.
    pub rev: i64,
    /// Number of its newest event.
    pub events_through: i64,
    /// Time of its latest contact with which it had sent all of its events.
    pub drained_at: DateTime<Utc>,
    pub revoked_at: Option<DateTime<Utc>>,
    /// Time of its latest plan by the planner's job. None if the next one is due.
    pub planned_at: Option<DateTime<Utc>>,
    /// Time at which a limit of the user kept its plan from queueing downloads. None if none does.
    pub limited_at: Option<DateTime<Utc>>,
}
row!(DeviceState {
    id,
    name,
    budget_mb,
    allow_metered,
    rev,
    events_through,
    drained_at,
    revoked_at,
    planned_at,
    limited_at
});

/// Locks a device's row until the transaction ends. None if the user has no such device. The caller holds the
/// lock on the user's row.
pub async fn lock(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: DeviceId,
) -> Result<Option<DeviceState>, DbErr> {
    let sql = "UPDATE device SET rev = rev WHERE user_id = $1 AND id = $2 RETURNING *";
    one(db, sql, args![owner, id]).await
}

/// State of a device after a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactState {
    pub events_through: i64,
    pub drained_at: DateTime<Utc>,
    pub clock_skew_ms: i64,
    /// The device's words about itself. None if a newer inventory is known.
    pub told: Option<ToldState>,
}

/// State that a device tells with an inventory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToldState {
    pub rev: i64,
    pub persisted: Option<bool>,
    pub used_bytes: Option<i64>,
    pub down_bps: Option<i64>,
    pub build: Option<String>,
}

/// Stores the end of a contact.
pub async fn contacted(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: DeviceId,
    state: &ContactState,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "UPDATE device SET events_through = $3, drained_at = $4, clock_skew_ms = $5, last_seen_at = $6
         WHERE user_id = $1 AND id = $2";
    let ContactState { events_through, drained_at, clock_skew_ms, told } = state;
    execute(db, sql, args![owner, id, *events_through, *drained_at, *clock_skew_ms, now]).await?;
    let Some(told) = told else { return Ok(()) };
    let sql = "UPDATE device SET rev = $3, persisted = COALESCE($4, persisted),
            used_bytes = COALESCE($5, used_bytes), down_bps = COALESCE($6, down_bps), build = COALESCE($7, build)
         WHERE user_id = $1 AND id = $2";
    let ToldState { rev, persisted, used_bytes, down_bps, build } = told;
    let values = args![owner, id, *rev, *persisted, *used_bytes, *down_bps, build.as_deref()];
    execute(db, sql, values).await.map(|_| ())
}

/// Stores the challenge of a device, in place of an earlier one.
pub async fn put_challenge(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: DeviceId,
    challenge: &StoredChallenge,
    expires_at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql =
        "INSERT INTO challenge (device_id, user_id, nonce, slices, expires_at) VALUES ($2, $1, $3, $4, $5)
         ON CONFLICT (device_id) DO UPDATE SET nonce = excluded.nonce, slices = excluded.slices,
            expires_at = excluded.expires_at";
    let slices = to_json(&challenge.slices)?;
    execute(db, sql, args![owner, id, challenge.nonce.as_str(), slices, expires_at]).await.map(|_| ())
}

/// Ends a challenge and returns it: a nonce counts once. None if it is over, or not this device's.
pub async fn take_challenge(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: DeviceId,
    nonce: &str,
    now: DateTime<Utc>,
) -> Result<Option<StoredChallenge>, DbErr> {
    let sql = "DELETE FROM challenge WHERE user_id = $1 AND device_id = $2 AND nonce = $3 AND expires_at > $4
         RETURNING nonce, slices";
    one(db, sql, args![owner, id, nonce, now]).await
}

/// Slice of a challenge, with the file that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct StoredSlice {
    #[serde(flatten)]
    pub slice: ChallengeSlice,
    pub sha256: String,
    pub bytes: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredChallenge {
    pub nonce: String,
    pub slices: Vec<StoredSlice>,
}
row!(StoredChallenge { nonce; slices });

impl From<&StoredChallenge> for Challenge {
    fn from(stored: &StoredChallenge) -> Self {
        let slices = stored.slices.iter().map(|it| it.slice).collect();
        Self { nonce: stored.nonce.clone(), slices }
    }
}
