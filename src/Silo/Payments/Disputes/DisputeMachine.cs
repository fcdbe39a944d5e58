using LiveCommerce.Contracts.Payments;

namespace LiveCommerce.Silo.Payments.Disputes;

/// <summary>What can happen to a dispute.</summary>
internal enum DisputeHappened
{
    /// <summary>The provider warns, or the bank asks; no money has moved.</summary>
    Warned = 0,
    ResponseNeeded = 1,
    ReviewBegan = 2,
    Won = 3,
    Lost = 4,

    /// <summary>An operator has released a warning, or the bank has dropped its question.</summary>
    WarningEnded = 5,
}

/// <summary>The arrows of a dispute; what is not here changes nothing. A new one is a warning until something else is said.</summary>
internal static class DisputeMachine
{
    public static readonly StateTable<DisputeState, DisputeHappened> Table =
        new(new Dictionary<(DisputeState, DisputeHappened), DisputeState>
        {
            [(DisputeState.Warning, DisputeHappened.ResponseNeeded)] = DisputeState.NeedsResponse,
            [(DisputeState.Warning, DisputeHappened.ReviewBegan)] = DisputeState.UnderReview,
            [(DisputeState.Warning, DisputeHappened.Won)] = DisputeState.Won,
            [(DisputeState.Warning, DisputeHappened.Lost)] = DisputeState.Lost,
            [(DisputeState.Warning, DisputeHappened.WarningEnded)] = DisputeState.Released,

            [(DisputeState.NeedsResponse, DisputeHappened.ReviewBegan)] = DisputeState.UnderReview,
            [(DisputeState.NeedsResponse, DisputeHappened.Won)] = DisputeState.Won,
            [(DisputeState.NeedsResponse, DisputeHappened.Lost)] = DisputeState.Lost,

            [(DisputeState.UnderReview, DisputeHappened.Won)] = DisputeState.Won,
            [(DisputeState.UnderReview, DisputeHappened.Lost)] = DisputeState.Lost,

            [(DisputeState.Released, DisputeHappened.ResponseNeeded)] = DisputeState.NeedsResponse,
            [(DisputeState.Released, DisputeHappened.ReviewBegan)] = DisputeState.UnderReview,
            [(DisputeState.Released, DisputeHappened.Won)] = DisputeState.Won,
            [(DisputeState.Released, DisputeHappened.Lost)] = DisputeState.Lost,
        });

    /// <summary>What a provider's status means.</summary>
    public static DisputeHappened Read(string status) => status switch
    {
        "needs_response" => DisputeHappened.ResponseNeeded,
        "under_review" => DisputeHappened.ReviewBegan,
        "won" or "prevented" => DisputeHappened.Won,
        "lost" => DisputeHappened.Lost,
        "warning_closed" => DisputeHappened.WarningEnded,
        _ => DisputeHappened.Warned,
    };

    /// <summary>What the thing that was paid is told in a state.</summary>
    public static DisputeMove MoveOf(DisputeState state) => state switch
    {
        DisputeState.NeedsResponse or DisputeState.UnderReview => DisputeMove.Opened,
        DisputeState.Won => DisputeMove.Won,
        DisputeState.Lost => DisputeMove.Lost,
        DisputeState.Released => DisputeMove.Released,
        _ => DisputeMove.Warned,
    };

    /// <summary>Whether nothing more is expected.</summary>
    public static bool IsOver(DisputeState state) => state is DisputeState.Won or DisputeState.Lost or DisputeState.Released;
}
