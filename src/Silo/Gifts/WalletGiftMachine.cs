using System.Collections.Frozen;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Ledger;

namespace LiveCommerce.Silo.Gifts;

/// <summary>Where a gift from a wallet is. Stored nowhere: it follows from the ledger's entries.</summary>
internal enum WalletGiftStage
{
    /// <summary>Sent to the ledger, which has not decided.</summary>
    Asked = 0,
    Rejected = 1,
    Settled = 2,
    Matured = 3,

    // Somebody looks into it. Each remembers where the gift was.
    SettledHeld = 4,
    MaturedHeld = 5,
    Reversed = 6,
}

/// <summary>What can happen to it: an answer or an entry of the ledger.</summary>
internal enum WalletGiftHappened
{
    Refused = 0,
    Posted = 1,
    HeldLongEnough = 2,
    Frozen = 3,
    Thawed = 4,
    GivenBack = 5,
}

/// <summary>The arrows of a gift from a wallet; what is not here changes nothing.</summary>
internal static class WalletGiftMachine
{
    public static readonly FrozenDictionary<(WalletGiftStage, WalletGiftHappened), WalletGiftStage> Arrows =
        new Dictionary<(WalletGiftStage, WalletGiftHappened), WalletGiftStage>
        {
            [(WalletGiftStage.Asked, WalletGiftHappened.Refused)] = WalletGiftStage.Rejected,
            [(WalletGiftStage.Asked, WalletGiftHappened.Posted)] = WalletGiftStage.Settled,
            [(WalletGiftStage.Settled, WalletGiftHappened.HeldLongEnough)] = WalletGiftStage.Matured,

            [(WalletGiftStage.Settled, WalletGiftHappened.Frozen)] = WalletGiftStage.SettledHeld,
            [(WalletGiftStage.Matured, WalletGiftHappened.Frozen)] = WalletGiftStage.MaturedHeld,
            [(WalletGiftStage.SettledHeld, WalletGiftHappened.Thawed)] = WalletGiftStage.Settled,
            [(WalletGiftStage.MaturedHeld, WalletGiftHappened.Thawed)] = WalletGiftStage.Matured,

            [(WalletGiftStage.Settled, WalletGiftHappened.GivenBack)] = WalletGiftStage.Reversed,
            [(WalletGiftStage.Matured, WalletGiftHappened.GivenBack)] = WalletGiftStage.Reversed,
            [(WalletGiftStage.SettledHeld, WalletGiftHappened.GivenBack)] = WalletGiftStage.Reversed,
            [(WalletGiftStage.MaturedHeld, WalletGiftHappened.GivenBack)] = WalletGiftStage.Reversed,
        }.ToFrozenDictionary();

    /// <summary>The stage after; false: no arrow, nothing changes.</summary>
    public static bool TryApply(WalletGiftStage stage, WalletGiftHappened happened, out WalletGiftStage next)
    {
        if (Arrows.TryGetValue((stage, happened), out next)) { return true; }
        next = stage;
        return false;
    }

    /// <summary>Where the gift of an entry is, by all that the ledger says of it.</summary>
    public static WalletGiftStage StageOf(LedgerEntryView gift)
    {
        var stage = WalletGiftStage.Asked;
        foreach (var happened in HappenedTo(gift)) { TryApply(stage, happened, out stage); }
        return stage;
    }

    /// <summary>What people are told of a stage of a gift that the ledger has.</summary>
    public static GiftState ToState(WalletGiftStage stage) => stage switch
    {
        WalletGiftStage.Settled => GiftState.Settled,
        WalletGiftStage.Matured => GiftState.Matured,
        WalletGiftStage.SettledHeld or WalletGiftStage.MaturedHeld => GiftState.Held,
        WalletGiftStage.Reversed => GiftState.Reversed,
        _ => throw new System.Diagnostics.UnreachableException($"A gift of the ledger is {stage}."),
    };

    private static IEnumerable<WalletGiftHappened> HappenedTo(LedgerEntryView gift)
    {
        yield return WalletGiftHappened.Posted;
        if (gift.Matured) { yield return WalletGiftHappened.HeldLongEnough; }
        if (gift.Held > 0) { yield return WalletGiftHappened.Frozen; }
        if (gift.Reversed == gift.Amount) { yield return WalletGiftHappened.GivenBack; }
    }
}
