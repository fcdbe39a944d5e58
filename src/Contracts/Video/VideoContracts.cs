using LiveCommerce.Contracts.Accounts;

namespace LiveCommerce.Contracts.Video;

/// <summary>
/// A stream key in plain text: shown once, to the owner. Never logged, never stored. It names its room, because programs such as OBS
/// have one field for all: <c>live_{roomId}_{48 hex digits}</c>. Keys from before have no room in them and are good over the
/// WebSocket only, where the address names it.
/// </summary>
public sealed record StreamKey(string Secret)
{
    /// <summary>What every key begins with.</summary>
    public const string Prefix = "live_";

    /// <summary>Characters of a key that is looked at.</summary>
    public const int LengthMax = 128;

    private const int RoomIdLength = 32;

    /// <summary>The key of a room.</summary>
    public static StreamKey Of(string roomId, string secret) => new($"{Prefix}{roomId}_{secret}");

    /// <summary>The room that a key names; null when it names none.</summary>
    public static string? RoomOf(string key)
    {
        if (!key.StartsWith(Prefix, StringComparison.Ordinal) || key.Length <= Prefix.Length + RoomIdLength + 1 || key[Prefix.Length + RoomIdLength] != '_')
        {
            return null;
        }

        var roomId = key.Substring(Prefix.Length, RoomIdLength);
        return roomId.All(char.IsAsciiHexDigitLower) ? roomId : null;
    }

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

    /// <summary>Where that gateway records, the same after it was started anew; null: it does not. What was recorded there can go on.</summary>
    public string? PlaceId { get; init; }

    /// <summary>Hides the key.</summary>
    public override string ToString() => $"PublishRequest({Caller?.Id ?? "by key"}, {GatewayId}, {TakeOver})";
}

/// <summary>The right to publish in a room, until it is closed or its heartbeat stops.</summary>
/// <param name="StreamId">Public name of the broadcast. The same one again when the publisher returns to the same gateway, or to one that was started anew where it recorded, within the grace time.</param>
/// <param name="Resumed">Whether this continues an interrupted broadcast.</param>
public sealed record StreamLease(string StreamId, bool Resumed);
