using LiveCommerce.Contracts.Payments;

namespace LiveCommerce.Silo.Payments.Refunds;

/// <summary>What can happen to a refund.</summary>
internal enum RefundHappened
{
    /// <summary>The coins are kept back; the provider is asked next.</summary>
    CoinsHeld = 0,

    /// <summary>The provider has taken it; the bank has not.</summary>
    TakenIn = 1,

    /// <summary>The money is on the card, or the coins are in the wallet.</summary>
    MoneyGone = 2,

    /// <summary>The provider or the bank would not.</summary>
    NotTaken = 3,

    /// <summary>An operator tries again.</summary>
    Retried = 4,
}

/// <summary>The arrows of a refund; what is not here changes nothing. A success is not final against a bank that sends the money back.</summary>
internal static class RefundMachine
{
    public static readonly StateTable<RefundState, RefundHappened> Table =
        new(new Dictionary<(RefundState, RefundHappened), RefundState>
        {
            [(RefundState.Requested, RefundHappened.CoinsHeld)] = RefundState.Sent,
            [(RefundState.Requested, RefundHappened.TakenIn)] = RefundState.Pending,
            [(RefundState.Requested, RefundHappened.MoneyGone)] = RefundState.Succeeded,
            [(RefundState.Requested, RefundHappened.NotTaken)] = RefundState.Failed,

            [(RefundState.Sent, RefundHappened.TakenIn)] = RefundState.Pending,
            [(RefundState.Sent, RefundHappened.MoneyGone)] = RefundState.Succeeded,
            [(RefundState.Sent, RefundHappened.NotTaken)] = RefundState.Failed,

            [(RefundState.Pending, RefundHappened.MoneyGone)] = RefundState.Succeeded,
            [(RefundState.Pending, RefundHappened.NotTaken)] = RefundState.Failed,

            [(RefundState.Succeeded, RefundHappened.NotTaken)] = RefundState.Failed,

            [(RefundState.Failed, RefundHappened.MoneyGone)] = RefundState.Succeeded,
            [(RefundState.Failed, RefundHappened.Retried)] = RefundState.Requested,
        });

    /// <summary>What a provider's status means.</summary>
    public static RefundHappened Read(string status) => status switch
    {
        "succeeded" => RefundHappened.MoneyGone,
        "failed" or "canceled" => RefundHappened.NotTaken,
        _ => RefundHappened.TakenIn,
    };
}
