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

            [(TopUpStage.Created, TopUpHappened.MoneyTaken)] = TopUpStage.Paid,
            [(TopUpStage.Submitted, TopUpHappened.MoneyTaken)] = TopUpStage.Paid,
            [(TopUpStage.RequiresAction, TopUpHappened.MoneyTaken)] = TopUpStage.Paid,
            [(TopUpStage.Processing, TopUpHappened.MoneyTaken)] = TopUpStage.Paid,
            [(TopUpStage.Failed, TopUpHappened.MoneyTaken)] = TopUpStage.Paid,
            [(TopUpStage.Canceled, TopUpHappened.MoneyTaken)] = TopUpStage.Paid,

            [(TopUpStage.Paid, TopUpHappened.CoinsCredited)] = TopUpStage.Credited,
        });

    /// <summary>What an outcome is to a top-up, and what its viewer is told.</summary>
    public static CardReading<TopUpHappened>? Read(CardOutcome outcome, string? problem) => outcome switch
    {
        CardOutcome.Succeeded => new(TopUpHappened.MoneyTaken, Problem: null),
        CardOutcome.ActionNeeded => new(TopUpHappened.ActionNeeded, Problem: null),
        CardOutcome.Processing => new(TopUpHappened.ProcessingBegan, Problem: null),
        CardOutcome.Failed or CardOutcome.Refused => new(TopUpHappened.PaymentFailed, problem),
        CardOutcome.Canceled => new(
            TopUpHappened.PaymentCanceled, "The payment was not confirmed and was canceled; nothing was charged. Start again."),
        CardOutcome.Absent => new(
            TopUpHappened.PaymentFailed, "The payment did not reach the payment provider and nothing was charged. Start again."),
        _ => null,
    };
}
