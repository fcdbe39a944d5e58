namespace LiveCommerce.Gateway.Video.Streams;

/// <summary>Why a broadcast is over.</summary>
internal enum BroadcastEnd
{
    /// <summary>The publisher said so.</summary>
    Finished = 0,

    /// <summary>The room took the right to publish away: a moderator, another publisher, or the room was out of reach.</summary>
    Revoked = 1,

    /// <summary>The publisher did not return within the grace time.</summary>
    PublisherGone = 2,

    /// <summary>The encoder failed again and again.</summary>
    EncoderFailed = 3,

    /// <summary>This gateway stops.</summary>
    ShuttingDown = 4,
}
