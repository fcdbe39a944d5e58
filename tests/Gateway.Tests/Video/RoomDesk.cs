using System.Collections.Concurrent;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Video.Passes;

namespace LiveCommerce.Gateway.Tests.Video;

/// <summary>Rooms as far as watching is concerned: public, until a test closes one to all but its guests.</summary>
internal sealed class RoomDesk : IRoomDesk
{
    private int _questions;

    /// <summary>The private rooms and who may be there.</summary>
    public ConcurrentDictionary<string, IReadOnlyCollection<string>> Guests { get; } = new();

    /// <summary>When rooms were opened that were private before.</summary>
    public ConcurrentDictionary<string, DateTimeOffset> OpenedAt { get; } = new();

    /// <summary>While set, every question fails.</summary>
    public bool OutOfReach { get; set; }

    public int Questions => Volatile.Read(ref _questions);

    public ValueTask<Refusal?> RefuseAsync(string roomId, string? accountId, bool moderates)
    {
        Interlocked.Increment(ref _questions);
        if (OutOfReach) { throw new IOException("The silo is out of reach."); }
        return new(Guests.TryGetValue(roomId, out var guests) && !moderates && (accountId is null || !guests.Contains(accountId))
            ? new Refusal(RefusalCode.RoomPrivate, "This room is private.")
            : null);
    }

    public ValueTask<bool> WasPrivateAsync(string roomId, DateTimeOffset since) => OutOfReach
        ? throw new IOException("The silo is out of reach.")
        : new(Guests.ContainsKey(roomId) || (OpenedAt.TryGetValue(roomId, out var openedAt) && openedAt >= since));
}

/// <summary>Signs with a key that all gateways of the tests have.</summary>
internal sealed class TestSigner : ISigner
{
    private static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(number => (byte)(number * 7))];

    public ValueTask<byte[]> SignAsync(string purpose, ReadOnlyMemory<byte> message, CancellationToken cancellationToken) =>
        new(SigningKeys.Sign(Key, purpose, message.Span));
}

/// <summary>Passes of a host.</summary>
internal static class PassesOfHosts
{
    /// <summary>A pass for an account, whoever it is.</summary>
    public static async Task<string> PassAsync(this VideoHost host, string roomId, string accountId, PlatformRole role = PlatformRole.Member) =>
        (await host.Get<PassDesk>().IssueAsync(new Caller(new Person(accountId, "Somebody"), role), roomId, isPlain: false, default)).Pass;
}
