namespace LiveCommerce.Silo.Payments;

/// <summary>Where a top-up is. Stored by name.</summary>
internal enum TopUpStage
{
    Created = 0,
    Submitted = 1,
    RequiresAction = 2,
    Processing = 3,

    /// <summary>The provider has the money; the coins are not in the ledger yet.</summary>
    Paid = 4,
    Credited = 5,
    Failed = 6,
    Canceled = 7,

    /// <summary>Not confirmed in time.</summary>
    Expired = 8,

    /// <summary>Warned of or disputed: what is left of its coins cannot be spent.</summary>
    Frozen = 9,

    /// <summary>The dispute is lost: the coins are taken back.</summary>
    Clawed = 10,
    PartlyRefunded = 11,
    Refunded = 12,
}

/// <summary>What can happen to a top-up.</summary>
internal enum TopUpHappened
{
    Sent = 0,
    ActionNeeded = 1,
    ProcessingBegan = 2,
    PaymentFailed = 3,
    PaymentCanceled = 4,
    MoneyTaken = 5,
    CoinsCredited = 6,
    TimeIsUp = 7,
    Froze = 8,

    /// <summary>The dispute is won, or the warning was nothing.</summary>
    Thawed = 9,
    DisputeLost = 10,
    PartReturned = 11,
    AllReturned = 12,

    /// <summary>Of several refunds one failed after all; some of the money stays returned.</summary>
    PartCameBack = 13,

    /// <summary>The only refund failed after all.</summary>
    AllCameBack = 14,
}

/// <summary>
/// The arrows of a top-up; what is not here changes nothing. An event implies its predecessors, because events come late and out of
/// order, and a failure is never final against money that was taken after all.
/// </summary>
internal static class TopUpMachine
{
    public static readonly StateTable<TopUpStage, TopUpHappened> Table =
        new(new Dictionary<(TopUpStage, TopUpHappened), TopUpStage>
        {
            [(TopUpStage.Created, TopUpHappened.Sent)] = TopUpStage.Submitted,

            [(TopUpStage.Created, TopUpHappened.ActionNeeded)] = TopUpStage.RequiresAction,
            [(TopUpStage.Submitted, TopUpHappened.ActionNeeded)] = TopUpStage.RequiresAction,

            [(TopUpStage.Created, TopUpHappened.ProcessingBegan)] = TopUpStage.Processing,
            [(TopUpStage.Submitted, TopUpHappened.ProcessingBegan)] = TopUpStage.Processing,
            [(TopUpStage.RequiresAction, TopUpHappened.ProcessingBegan)] = TopUpStage.Processing,

            [(TopUpStage.Created, TopUpHappened.PaymentFailed)] = TopUpStage.Failed,
            [(TopUpStage.Submitted, TopUpHappened.PaymentFailed)] = TopUpStage.Failed,
            [(TopUpStage.RequiresAction, TopUpHappened.PaymentFailed)] = TopUpStage.Failed,
            [(TopUpStage.Processing, TopUpHappened.PaymentFailed)] = TopUpStage.Failed,

            [(TopUpStage.Created, TopUpHappened.PaymentCanceled)] = TopUpStage.Canceled,
            [(TopUpStage.Submitted, TopUpHappened.PaymentCanceled)] = TopUpStage.Canceled,
            [(TopUpStage.RequiresAction, TopUpHappened.PaymentCanceled)] = TopUpStage.Canceled,
            [(TopUpStage.Processing, TopUpHappened.PaymentCanceled)] = TopUpStage.Canceled,

            [(TopUpStage.Created, TopUpHappened.TimeIsUp)] = TopUpStage.Expired,
            [(TopUpStage.Submitted, TopUpHappened.TimeIsUp)] = TopUpStage.Expired,
            [(TopUpStage.RequiresAction, TopUpHappened.TimeIsUp)] = TopUpStage.Expired,
            [(TopUpStage.Processing, TopUpHappened.TimeIsUp)] = TopUpStage.Expired,

            [(TopUpStage.Created, TopUpHappened.MoneyTaken)] = TopUpStage.Paid,
            [(TopUpStage.Submitted, TopUpHappened.MoneyTaken)] = TopUpStage.Paid,
            [(TopUpStage.RequiresAction, TopUpHappened.MoneyTaken)] = TopUpStage.Paid,
            [(TopUpStage.Processing, TopUpHappened.MoneyTaken)] = TopUpStage.Paid,
            [(TopUpStage.Failed, TopUpHappened.MoneyTaken)] = TopUpStage.Paid,
            [(TopUpStage.Canceled, TopUpHappened.MoneyTaken)] = TopUpStage.Paid,
            [(TopUpStage.Expired, TopUpHappened.MoneyTaken)] = TopUpStage.Paid,

            [(TopUpStage.Paid, TopUpHappened.CoinsCredited)] = TopUpStage.Credited,

            [(TopUpStage.Credited, TopUpHappened.Froze)] = TopUpStage.Frozen,
            [(TopUpStage.PartlyRefunded, TopUpHappened.Froze)] = TopUpStage.Frozen,
            [(TopUpStage.Frozen, TopUpHappened.Thawed)] = TopUpStage.Credited,
            [(TopUpStage.Credited, TopUpHappened.DisputeLost)] = TopUpStage.Clawed,
            [(TopUpStage.PartlyRefunded, TopUpHappened.DisputeLost)] = TopUpStage.Clawed,
            [(TopUpStage.Frozen, TopUpHappened.DisputeLost)] = TopUpStage.Clawed,

            [(TopUpStage.Credited, TopUpHappened.PartReturned)] = TopUpStage.PartlyRefunded,
            [(TopUpStage.PartlyRefunded, TopUpHappened.PartReturned)] = TopUpStage.PartlyRefunded,
            [(TopUpStage.Frozen, TopUpHappened.PartReturned)] = TopUpStage.Frozen,
            [(TopUpStage.Credited, TopUpHappened.AllReturned)] = TopUpStage.Refunded,
            [(TopUpStage.PartlyRefunded, TopUpHappened.AllReturned)] = TopUpStage.Refunded,
            [(TopUpStage.Frozen, TopUpHappened.AllReturned)] = TopUpStage.Refunded,

            [(TopUpStage.PartlyRefunded, TopUpHappened.PartCameBack)] = TopUpStage.PartlyRefunded,
            [(TopUpStage.Refunded, TopUpHappened.PartCameBack)] = TopUpStage.PartlyRefunded,
            [(TopUpStage.PartlyRefunded, TopUpHappened.AllCameBack)] = TopUpStage.Credited,
            [(TopUpStage.Refunded, TopUpHappened.AllCameBack)] = TopUpStage.Credited,
        });

    /// <summary>What an outcome is to a top-up, and what its viewer is told.</summary>
    /// <param name="timeIsUp">Whether the viewer's time to confirm is over: then a cancellation is its end.</param>
    public static CardReading<TopUpHappened>? Read(CardOutcome outcome, string? problem, bool timeIsUp) => outcome switch
    {
        CardOutcome.Succeeded => new(TopUpHappened.MoneyTaken, Problem: null),
        CardOutcome.ActionNeeded => new(TopUpHappened.ActionNeeded, Problem: null),
        CardOutcome.Processing => new(TopUpHappened.ProcessingBegan, Problem: null),
        CardOutcome.Failed or CardOutcome.Refused => new(TopUpHappened.PaymentFailed, problem),
        CardOutcome.Canceled => new(
            timeIsUp ? TopUpHappened.TimeIsUp : TopUpHappened.PaymentCanceled,
            "The payment was not confirmed and was canceled; nothing was charged. Start again."),
        CardOutcome.Absent => new(
            TopUpHappened.PaymentFailed, "The payment did not reach the payment provider and nothing was charged. Start again."),
        _ => null,
    };
}
