using LiveCommerce.Contracts.Accounts;

namespace LiveCommerce.Contracts.Video;

/// <summary>A stream key in plain text: shown once, to the owner. Never logged, never stored.</summary>
public sealed record StreamKey(string Secret)
{
    /// <summary>Hides the secret from logs and debuggers.</summary>
    public override string ToString() => "StreamKey(hidden)";
}

/// <summary>Somebody wants to publish.</summary>
/// <param name="Caller">The signed-in owner, when the browser publishes.</param>
/// <param name="Key">The key, when an encoder publishes.</param>
/// <param name="GatewayId">Which gateway receives the media.</param>
/// <param name="TakeOver">Ends a broadcast that is still open (the owner lost the tab) instead of being refused.</param>
public sealed record PublishRequest(Caller? Caller, string? Key, string GatewayId, bool TakeOver)
{
    /// <summary>The broadcast that this publisher has sent until now: its own, so it goes on although nobody has noticed yet that it was gone.</summary>
    public string? Continues { get; init; }

    /// <summary>Hides the key.</summary>
    public override string ToString() => $"PublishRequest({Caller?.Id ?? "by key"}, {GatewayId}, {TakeOver})";
}

/// <summary>The right to publish in a room, until it is closed or its heartbeat stops.</summary>
/// <param name="StreamId">Public name of the broadcast. The same one again when the publisher returns to the same gateway within the grace time.</param>
/// <param name="Resumed">Whether this continues an interrupted broadcast.</param>
public sealed record StreamLease(string StreamId, bool Resumed);
