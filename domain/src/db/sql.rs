//! Ties the domain's types to SQL.

use sea_orm::sea_query::{ArrayType, ColumnType, Nullable, ValueType, ValueTypeErr};
use sea_orm::{ColIdx, DbErr, QueryResult, TryGetError, TryGetable, Value};

use crate::account::AccountRole;
use crate::announcement::Level;
use crate::approval::ApprovalStatus;
use crate::audit_entry::{AuditAction, AuditActor, AuditOutcome};
use crate::bundle::{BundleDirection, RequestKind, RequestStatus, VolumeStatus};
use crate::channel::{ChannelKind, DeliveryState};
use crate::copy::{CopyReason, CopyState};
use crate::dismissal::DismissalReason;
use crate::download::{DownloadStatus, Provider};
use crate::event::EventKind;
use crate::export::ExportState;
use crate::failure::RetrySchedule;
use crate::history::Outcome;
use crate::identity::FlowPurpose;
use crate::ids::*;
use crate::invite::InviteState;
use crate::item::Availability;
use crate::media::Wanted;
use crate::notification::NotificationKind;
use crate::plan::candidates::CopyLocation;
use crate::plan::state::{PlanState, ShortReason};
use crate::process::Role;
use crate::rating::Thumb;
use crate::run::{Agent, MessageKind, RunStatus};
use crate::source::{Health, Kind, Origin, Policy};

pub use ::sql::*;

macro_rules! stored_ids {
    ($($name:ident),+ $(,)?) => { $(
        impl From<$name> for Value {
            fn from(id: $name) -> Self { Value::BigInt(Some(id.0)) }
        }
        impl TryGetable for $name {
            fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
                i64::try_get_by(row, index).map($name)
            }
        }
        impl SqlPiece for $name {
            fn push_to(&self, sql: &mut String) { self.0.push_to(sql); }
        }
        impl Nullable for $name {
            fn null() -> Value { Value::BigInt(None) }
        }
        impl ValueType for $name {
            fn try_from(value: Value) -> Result<Self, ValueTypeErr> { <i64 as ValueType>::try_from(value).map($name) }
            fn type_name() -> String { stringify!($name).into() }
            fn array_type() -> ArrayType { ArrayType::BigInt }
            fn column_type() -> ColumnType { ColumnType::BigInteger }
        }
    )+ };
}
stored_ids!(
    UserId,
    SourceId,
    SubscriptionId,
    ItemId,
    DownloadId,
    RunId,
    MessageId,
    ArtifactId,
    ApprovalId,
    EvictionId,
    CommuteWindowId,
    CollectionId,
    AnnouncementId,
    NotificationId,
    ShareId,
    SessionId,
    DeviceId,
    PlanId,
    ChannelId,
    ChannelDeliveryId,
    ApiKeyId,
    InviteId,
    AuditEntryId,
    IdentityId,
    PasskeyId,
);

macro_rules! stored_words {
    ($($name:ident),+ $(,)?) => { $(
        impl From<$name> for Value {
            fn from(word: $name) -> Self { Value::from(word.as_str()) }
        }
        impl TryGetable for $name {
            fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
                let text = String::try_get_by(row, index)?;
                text.parse().map_err(|e: crate::words::UnknownWord| TryGetError::DbErr(DbErr::Type(e.to_string())))
            }
        }
        impl Nullable for $name {
            fn null() -> Value { Value::String(None) }
        }
    )+ };
}
stored_words!(
    Kind,
    Level,
    Policy,
    Health,
    Origin,
    Availability,
    Wanted,
    DownloadStatus,
    Provider,
    RunStatus,
    Agent,
    MessageKind,
    EventKind,
    NotificationKind,
    ApprovalStatus,
    DismissalReason,
    Outcome,
    RetrySchedule,
    Role,
    Thumb,
    CopyState,
    CopyReason,
    CopyLocation,
    PlanState,
    ShortReason,
    ChannelKind,
    DeliveryState,
    BundleDirection,
    RequestKind,
    RequestStatus,
    InviteState,
    ExportState,
    AccountRole,
    AuditAction,
    AuditActor,
    AuditOutcome,
    FlowPurpose,
    VolumeStatus
);
