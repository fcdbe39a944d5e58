using System.Collections.Frozen;

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
    public static readonly FrozenDictionary<(TopUpStage, TopUpHappened), TopUpStage> Arrows =
        new Dictionary<(TopUpStage, TopUpHappened), TopUpStage>
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
        }.ToFrozenDictionary();

    /// <summary>The stage after; false: no arrow, nothing changes.</summary>
    public static bool TryApply(TopUpStage stage, TopUpHappened happened, out TopUpStage next)
    {
        if (Arrows.TryGetValue((stage, happened), out next)) { return true; }
        next = stage;
        return false;
    }

    /// <summary>What a provider's status means for a top-up; null: nothing.</summary>
    /// <param name="problem">A payment that waits for a card has failed only if there was a try.</param>
    public static TopUpHappened? Read(string status, string? problem) => status switch
    {
        PaymentNewsReader.Succeeded => TopUpHappened.MoneyTaken,
        PaymentNewsReader.RequiresAction => TopUpHappened.ActionNeeded,
        PaymentNewsReader.Processing => TopUpHappened.ProcessingBegan,
        PaymentNewsReader.RequiresPaymentMethod when problem is not null => TopUpHappened.PaymentFailed,
        PaymentNewsReader.Canceled => TopUpHappened.PaymentCanceled,
        _ => null,
    };
}
