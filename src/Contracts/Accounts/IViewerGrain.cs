using LiveCommerce.Actors;
using LiveCommerce.Contracts.Shop;

namespace LiveCommerce.Contracts.Accounts;

/// <summary>One account as a viewer: its wallet, what it bought, and whether it may be here. Key: the account id.</summary>
public interface IViewerGrain : IGrainWithStringKey
{
    /// <summary>Balance and earnings, from the ledger.</summary>
    [AlwaysInterleave]
    ValueTask<Wallet> GetWallet();

    /// <summary>The newest ledger lines of the wallet, newest first.</summary>
    /// <param name="take">1 to 100.</param>
    [AlwaysInterleave]
    ValueTask<IReadOnlyList<WalletLine>> GetWalletLines(int take);

    /// <summary>Orders of this buyer, newest first (at most 100).</summary>
    [AlwaysInterleave]
    ValueTask<IReadOnlyList<OrderView>> GetOrders();

    /// <summary>Remembers an order of this buyer. Idempotent.</summary>
    ValueTask AddOrder(string orderId);
}

/// <summary>What an account has.</summary>
/// <param name="Coins">Spendable coins.</param>
/// <param name="Earnings">Coins earned by gifts in the account's own rooms and not paid out, pending or available: never spendable as coins.</param>
/// <param name="SalesMinor">Paid sales of own products minus the platform's fee, not paid out, in minor units of <paramref name="Currency"/>.</param>
/// <param name="Currency">ISO 4217, lower case.</param>
public sealed record Wallet(long Coins, long Earnings, long SalesMinor, string Currency);

/// <summary>One line of a wallet's history.</summary>
/// <param name="EntryId">The ledger entry.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Coins">Signed: negative when spent.</param>
/// <param name="At">When it was committed.</param>
/// <param name="RoomId">The room of a gift.</param>
/// <param name="GiftId">The gift.</param>
/// <param name="Quantity">How many.</param>
/// <param name="Reference">What it is about, such as <c>topup:ID</c> or <c>refund:ID</c>.</param>
public sealed record WalletLine(
    Guid EntryId, WalletLineKind Kind, long Coins, DateTimeOffset At, string? RoomId, string? GiftId, int Quantity, string? Reference = null);

/// <summary>What a wallet line is about.</summary>
public enum WalletLineKind
{
    TopUp = 0,
    GiftSent = 1,
    GiftReceived = 2,
    Reversal = 3,
    Other = 4,

    /// <summary>Coins of a top-up went back to its card.</summary>
    Refund = 5,

    /// <summary>Coins went into a red packet.</summary>
    PacketSent = 6,

    /// <summary>A share of somebody's red packet.</summary>
    PacketGrabbed = 7,

    /// <summary>What nobody took of the own red packet.</summary>
    PacketReturned = 8,
}
