using LiveCommerce.Actors;
using LiveCommerce.Contracts.Accounts;

namespace LiveCommerce.Contracts.Gifts;

/// <summary>Tells what became of gifts from wallets: read from the ledger, kept nowhere else. Key: <see cref="Key"/>.</summary>
public interface IGiftStatusGrain : IGrainWithStringKey
{
    /// <summary>The one key.</summary>
    const string Key = "main";

    /// <summary>Where a gift is; for its sender, its streamer and operators. A gift that was refused is nowhere: GiftNotFound.</summary>
    [AlwaysInterleave]
    ValueTask<Result<GiftStatus>> Get(Caller caller, Guid gift);
}

/// <summary>Where a gift is.</summary>
public enum GiftState
{
    /// <summary>Given; the streamer cannot withdraw it yet.</summary>
    Settled = 0,

    /// <summary>The streamer can withdraw it.</summary>
    Matured = 1,

    /// <summary>Somebody looks into it.</summary>
    Held = 2,

    /// <summary>Given back.</summary>
    Reversed = 3,
}

/// <summary>A gift and what became of it.</summary>
/// <param name="Coins">What it was worth.</param>
/// <param name="ReversedCoins">What of that was given back.</param>
/// <param name="Rate">Version of the shares that were applied.</param>
public sealed record GiftStatus(
    Guid Key, GiftState State, string RoomId, Person Sender, string StreamerId, string GiftId, int Quantity, long Coins, long ReversedCoins,
    int Rate, DateTimeOffset At);
