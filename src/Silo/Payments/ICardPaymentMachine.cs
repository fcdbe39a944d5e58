using LiveCommerce.Contracts;

namespace LiveCommerce.Silo.Payments;

/// <summary>What one kind of card payment (a top-up, a card gift, an order) adds to what all of them share.</summary>
internal interface ICardPaymentMachine<TRecord, TStage, TEvent>
    where TRecord : CardPaymentRecord<TStage>, new()
    where TStage : struct, Enum
    where TEvent : struct, Enum
{
    /// <summary>Its arrows.</summary>
    StateTable<TStage, TEvent> Table { get; }

    /// <summary>The type of its due times.</summary>
    string DueType { get; }

    /// <summary>Said when its id was used for another request.</summary>
    Refusal KeyReused { get; }

    /// <summary>The payment as the provider is asked for it; the amount and the currency are checked against what is taken.</summary>
    CardCharge ChargeOf(TRecord record);

    /// <summary>Whether the payment may be made (again, under the same key) while its outcome is unknown.</summary>
    bool MayPost(TRecord record);

    /// <summary>Whether the payer's time is over: the payment is canceled unless it was paid.</summary>
    bool MustEnd(TRecord record);

    /// <summary>Whether the provider knows something that the record doesn't.</summary>
    bool AsksProvider(TRecord record);

    /// <summary>What an outcome is to this machine, and the sentence for the payer; null: nothing.</summary>
    /// <param name="problem">What the provider says went wrong, as a sentence.</param>
    CardReading<TEvent>? Read(CardOutcome outcome, string? problem);

    /// <summary>
    /// Does what the stage asks for, and sets or clears the due time. Runs within a turn, after everything that may have moved the
    /// stage; may be repeated at any time.
    /// </summary>
    Task FinishAsync();
}

/// <summary>What an outcome is to a machine.</summary>
/// <param name="Problem">For the payer; null: none.</param>
internal readonly record struct CardReading<TEvent>(TEvent Happened, string? Problem)
    where TEvent : struct, Enum;
