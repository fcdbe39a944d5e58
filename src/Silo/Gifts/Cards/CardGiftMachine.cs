using LiveCommerce.Silo.Payments;

namespace LiveCommerce.Silo.Gifts.Cards;

/// <summary>Where a card gift is. Stored by name.</summary>
internal enum CardGiftStage
{
    /// <summary>Noted; the ledger does not hold it yet.</summary>
    Intent = 0,
    Submitted = 1,
    RequiresAction = 2,
    Processing = 3,

    /// <summary>The provider has the money; the gift is not posted yet.</summary>
    MoneyTaken = 4,
    Settled = 5,
    Matured = 6,
    Failed = 7,
    Canceled = 8,

    // The bank looks into it. Each remembers where the gift was.
    SettledHeld = 9,
    MaturedHeld = 10,

    /// <summary>An operator sends the money back.</summary>
    Refunding = 11,
    Reversed = 12,
}

/// <summary>What can happen to a card gift.</summary>
internal enum CardGiftHappened
{
    Sent = 0,
    ActionNeeded = 1,
    ProcessingBegan = 2,
    PaymentFailed = 3,
    PaymentCanceled = 4,
    MoneyTaken = 5,
    Posted = 6,
    HeldLongEnough = 7,
    DisputeOpened = 8,
    DisputeWon = 9,
    DisputeLost = 10,
    RefundAsked = 11,
    RefundRefused = 12,
    MoneyReturned = 13,

    /// <summary>The sender's bank did not take what was sent back.</summary>
    MoneyCameBack = 14,
}

/// <summary>
/// The arrows of a card gift; what is not here changes nothing. An event implies its predecessors, and a failure is never final
/// against money that was taken after all.
/// </summary>
internal static class CardGiftMachine
{
    public static readonly StateTable<CardGiftStage, CardGiftHappened> Table =
        new(new Dictionary<(CardGiftStage, CardGiftHappened), CardGiftStage>
        {
            [(CardGiftStage.Intent, CardGiftHappened.Sent)] = CardGiftStage.Submitted,

            [(CardGiftStage.Intent, CardGiftHappened.ActionNeeded)] = CardGiftStage.RequiresAction,
            [(CardGiftStage.Submitted, CardGiftHappened.ActionNeeded)] = CardGiftStage.RequiresAction,

            [(CardGiftStage.Intent, CardGiftHappened.ProcessingBegan)] = CardGiftStage.Processing,
            [(CardGiftStage.Submitted, CardGiftHappened.ProcessingBegan)] = CardGiftStage.Processing,
            [(CardGiftStage.RequiresAction, CardGiftHappened.ProcessingBegan)] = CardGiftStage.Processing,

            [(CardGiftStage.Intent, CardGiftHappened.PaymentFailed)] = CardGiftStage.Failed,
            [(CardGiftStage.Submitted, CardGiftHappened.PaymentFailed)] = CardGiftStage.Failed,
            [(CardGiftStage.RequiresAction, CardGiftHappened.PaymentFailed)] = CardGiftStage.Failed,
            [(CardGiftStage.Processing, CardGiftHappened.PaymentFailed)] = CardGiftStage.Failed,

            [(CardGiftStage.Intent, CardGiftHappened.PaymentCanceled)] = CardGiftStage.Canceled,
            [(CardGiftStage.Submitted, CardGiftHappened.PaymentCanceled)] = CardGiftStage.Canceled,
            [(CardGiftStage.RequiresAction, CardGiftHappened.PaymentCanceled)] = CardGiftStage.Canceled,
            [(CardGiftStage.Processing, CardGiftHappened.PaymentCanceled)] = CardGiftStage.Canceled,

            [(CardGiftStage.Intent, CardGiftHappened.MoneyTaken)] = CardGiftStage.MoneyTaken,
            [(CardGiftStage.Submitted, CardGiftHappened.MoneyTaken)] = CardGiftStage.MoneyTaken,
            [(CardGiftStage.RequiresAction, CardGiftHappened.MoneyTaken)] = CardGiftStage.MoneyTaken,
            [(CardGiftStage.Processing, CardGiftHappened.MoneyTaken)] = CardGiftStage.MoneyTaken,
            [(CardGiftStage.Failed, CardGiftHappened.MoneyTaken)] = CardGiftStage.MoneyTaken,
            [(CardGiftStage.Canceled, CardGiftHappened.MoneyTaken)] = CardGiftStage.MoneyTaken,

            [(CardGiftStage.MoneyTaken, CardGiftHappened.Posted)] = CardGiftStage.Settled,
            [(CardGiftStage.Settled, CardGiftHappened.HeldLongEnough)] = CardGiftStage.Matured,

            [(CardGiftStage.Settled, CardGiftHappened.DisputeOpened)] = CardGiftStage.SettledHeld,
            [(CardGiftStage.Matured, CardGiftHappened.DisputeOpened)] = CardGiftStage.MaturedHeld,
            [(CardGiftStage.SettledHeld, CardGiftHappened.DisputeWon)] = CardGiftStage.Settled,
            [(CardGiftStage.MaturedHeld, CardGiftHappened.DisputeWon)] = CardGiftStage.Matured,

            // A dispute that was lost and is won after all: the gift is posted again, without being shown again.
            [(CardGiftStage.Reversed, CardGiftHappened.DisputeWon)] = CardGiftStage.Settled,

            // News comes out of order: a loss implies that it was disputed.
            [(CardGiftStage.Settled, CardGiftHappened.DisputeLost)] = CardGiftStage.Reversed,
            [(CardGiftStage.Matured, CardGiftHappened.DisputeLost)] = CardGiftStage.Reversed,
            [(CardGiftStage.SettledHeld, CardGiftHappened.DisputeLost)] = CardGiftStage.Reversed,
            [(CardGiftStage.MaturedHeld, CardGiftHappened.DisputeLost)] = CardGiftStage.Reversed,

            [(CardGiftStage.Settled, CardGiftHappened.RefundAsked)] = CardGiftStage.Refunding,
            [(CardGiftStage.Matured, CardGiftHappened.RefundAsked)] = CardGiftStage.Refunding,
            [(CardGiftStage.Refunding, CardGiftHappened.RefundRefused)] = CardGiftStage.Settled,
            [(CardGiftStage.Settled, CardGiftHappened.MoneyReturned)] = CardGiftStage.Reversed,
            [(CardGiftStage.Matured, CardGiftHappened.MoneyReturned)] = CardGiftStage.Reversed,
            [(CardGiftStage.Refunding, CardGiftHappened.MoneyReturned)] = CardGiftStage.Reversed,
            [(CardGiftStage.Reversed, CardGiftHappened.MoneyCameBack)] = CardGiftStage.Settled,
        });

    /// <summary>What an outcome is to a card gift, and what its sender is told.</summary>
    public static CardReading<CardGiftHappened>? Read(CardOutcome outcome, string? problem) => outcome switch
    {
        CardOutcome.Succeeded => new(CardGiftHappened.MoneyTaken, Problem: null),
        CardOutcome.ActionNeeded => new(CardGiftHappened.ActionNeeded, Problem: null),
        CardOutcome.Processing => new(CardGiftHappened.ProcessingBegan, Problem: null),
        CardOutcome.Failed or CardOutcome.Refused => new(CardGiftHappened.PaymentFailed, problem),
        CardOutcome.Canceled => new(CardGiftHappened.PaymentCanceled, CardGiftProblems.Canceled),
        CardOutcome.Absent => new(CardGiftHappened.PaymentFailed, CardGiftProblems.NeverArrived),
        _ => null,
    };
}
