//! Newtypes for row ids, so that the compiler tells an owner from an item.

macro_rules! ids {
    ($($name:ident),+ $(,)?) => { $(
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { self.0.fmt(f) }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> { text.parse().map(Self) }
        }
    )+ };
}

ids!(
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
    AuditEntryId,
    IdentityId,
    InviteId,
    PasskeyId,
    JobId
);
