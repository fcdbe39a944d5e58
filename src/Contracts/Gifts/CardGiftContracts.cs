using LiveCommerce.Actors;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Payments;

namespace LiveCommerce.Contracts.Gifts;

/// <summary>One large gift that is paid directly by card, without the wallet. Key: card gift id.</summary>
/// <remarks>Until the money is there, its sender and its streamer see it as pending and nobody else sees anything; then it is posted and shown once.</remarks>
public interface ICardGiftGrain : IGrainWithStringKey
{
    /// <summary>Starts it. Answers when it is settled, declined, or needs the sender (3-D Secure). The same again is answered with today's state.</summary>
    ValueTask<Result<CardGiftView>> Start(Caller sender, StartCardGift request);

    /// <summary>Today's state; for its sender, its streamer and operators.</summary>
    /// <param name="ask">Whether the provider is asked when its sender wants to know.</param>
    ValueTask<Result<CardGiftView>> Get(Caller caller, bool ask);

    /// <summary>Sends the whole payment back: a minor's gift, for example. Operators only; the same again is answered with today's state.</summary>
    ValueTask<Result<CardGiftView>> Refund(Caller caller);

    /// <summary>Something happened to the payment: from the webhook inbox or the sweeper. Idempotent.</summary>
    [Priority(CallPriority.High)]
    ValueTask PaymentMoved(PaymentNews news);

    /// <summary>A dispute of the payment moved. False: not now, tell again later.</summary>
    [Priority(CallPriority.High)]
    ValueTask<bool> DisputeMoved(DisputeNews news);

    /// <summary>Money went back without a refund of ours. False: not now, tell again later.</summary>
    [Priority(CallPriority.High)]
    ValueTask<bool> RefundMoved(RefundNews news);

    /// <summary>The bank did not take money that was sent back, after it had seemed to. False: not now, tell again later.</summary>
    ValueTask<bool> RefundFailed(RefundNews news);

    /// <summary>As <see cref="RefundFailed"/>, of a refund that was made at the provider, whole or of a part. Idempotent.</summary>
    ValueTask<bool> OutsideRefundFailed(RefundNews news);

    /// <summary>The due time that this grain set has come. Idempotent.</summary>
    ValueTask OnDue();
}

/// <summary>Card gifts of one account. Key: <c>sent:</c> or <c>received:</c> and the account id.</summary>
public interface ICardGiftListGrain : IGrainWithStringKey
{
    /// <summary>Before the key of those that an account has sent.</summary>
    const string Sent = "sent:";

    /// <summary>Before the key of those that a streamer has received.</summary>
    const string Received = "received:";

    /// <summary>Remembers one. Idempotent.</summary>
    ValueTask Add(string cardGiftId);

    /// <summary>The newest, newest first, at most 50.</summary>
    [AlwaysInterleave]
    ValueTask<IReadOnlyList<CardGiftView>> List();
}

/// <summary>Which gifts can be paid by card.</summary>
/// <param name="CoinsMin">A gift (all of its quantity) must be worth this.</param>
/// <param name="CoinsMax">And no more than this.</param>
/// <param name="MinorPerHundredCoins">What 100 coins cost; what is less than a minor unit is rounded up.</param>
public sealed record CardGiftOffer(long CoinsMin, long CoinsMax, long MinorPerHundredCoins, string Currency);

/// <summary>What a sender asks for.</summary>
/// <param name="UnitPrice">The price in coins that the sender saw.</param>
/// <param name="PriceMinor">The price in money of all of them that the sender saw; another is refused with PriceChanged.</param>
public sealed record StartCardGift(
    string RoomId, string GiftId, int Quantity, long UnitPrice, long PriceMinor, string PaymentMethod, string ReturnUrl);

/// <summary>Where a card gift is.</summary>
public enum CardGiftState
{
    Pending = 0,

    /// <summary>The sender must confirm at <see cref="CardGiftView.ActionUrl"/>.</summary>
    RequiresAction = 1,
    Processing = 2,

    /// <summary>Given, and shown in the room.</summary>
    Settled = 3,

    /// <summary>The streamer can withdraw what it brought.</summary>
    Matured = 4,
    Failed = 5,
    Canceled = 6,

    /// <summary>The money went back.</summary>
    Reversed = 7,

    /// <summary>The sender's bank looks into the payment.</summary>
    Held = 8,
}

/// <summary>A card gift as its sender and its streamer see it.</summary>
/// <param name="ActionUrl">Where the sender confirms; the sender's alone.</param>
/// <param name="Problem">Why it failed.</param>
public sealed record CardGiftView(
    string CardGiftId, CardGiftState State, string RoomId, Person Sender, Person Streamer, string GiftId, int Quantity, long Coins,
    long PriceMinor, string Currency, DateTimeOffset StartedAt, DateTimeOffset? SettledAt, string? ActionUrl, string? Problem);
