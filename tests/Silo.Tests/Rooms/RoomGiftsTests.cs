using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Silo.Rooms;

namespace LiveCommerce.Silo.Tests.Rooms;

public sealed class RoomGiftsTests
{
    private static readonly DateTimeOffset At = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly RoomGifts _gifts = new();

    [Fact]
    public void RepeatedGift_IsShownOnce()
    {
        Assert.True(_gifts.IsNew(Gift(1, 0)));
        Assert.False(_gifts.IsNew(Gift(1, 0)));
        Assert.True(_gifts.IsNew(Gift(1, 1)));
    }

    [Fact]
    public void GiftThatWasNeverTold_IsFoundByReadingEvenAfterALaterOne()
    {
        _gifts.IsNew(Gift(3, 0)); // 2/0 was lost on the way

        Assert.Equal([Gift(2, 0)], _gifts.Read([Gift(2, 0), Gift(3, 0)]));
        Assert.Equal(new GiftPlace(3, 0), _gifts.Complete);
        Assert.False(_gifts.IsAhead);
    }

    [Fact]
    public void GiftThatComesLate_IsNotShownAgain()
    {
        _gifts.Read([Gift(2, 0), Gift(3, 0)]);

        Assert.False(_gifts.IsNew(Gift(2, 0)));
        Assert.False(_gifts.IsNew(Gift(3, 0)));
    }

    [Fact]
    public void ReadTwice_ShowsNothingTwice()
    {
        Assert.Equal(2, _gifts.Read([Gift(2, 0), Gift(3, 0)]).Count);
        Assert.Empty(_gifts.Read([Gift(2, 0), Gift(3, 0)]));
    }

    [Fact]
    public void Restored_KnowsWhatWasShownBefore()
    {
        _gifts.Restore(new GiftPlace(5, 2));

        Assert.False(_gifts.IsNew(Gift(5, 2)));
        Assert.Equal([Gift(5, 3)], _gifts.Read([Gift(5, 1), Gift(5, 2), Gift(5, 3)]));
    }

    [Fact]
    public void Flood_IsRememberedUpToItsBoundAndReadLater()
    {
        for (var order = 0; order < RoomGifts.AheadMax; order++) { Assert.True(_gifts.IsNew(Gift(1, order))); }

        var beyond = Gift(1, RoomGifts.AheadMax);
        Assert.False(_gifts.IsNew(beyond));
        Assert.Equal([beyond], _gifts.Read([.. Enumerable.Range(0, RoomGifts.AheadMax + 1).Select(order => Gift(1, order))]));
    }

    [Fact]
    public void Combo_CountsTheSameGiftOfTheSameSenderWithinFiveSeconds()
    {
        Assert.Equal(1, Combo("ana", "rose", 0));
        Assert.Equal(2, Combo("ana", "rose", 4));
        Assert.Equal(12, Combo("ana", "rose", 9, quantity: 10));
        Assert.Equal(1, Combo("ben", "rose", 9));
        Assert.Equal(1, Combo("ana", "cake", 9));
        Assert.Equal(1, Combo("ana", "rose", 14.1));
    }

    [Fact]
    public void Combos_AreBoundedAndTheRunningOnesStay()
    {
        for (var i = 0; i < RoomGifts.CombosMax; i++) { Combo($"sender {i}", "rose", 0); }
        Combo("ana", "rose", 6);

        Assert.Equal(2, Combo("ana", "rose", 7));
    }

    private int Combo(string sender, string giftId, double seconds, int quantity = 1) =>
        _gifts.CountCombo(Gift(1, 0) with { Sender = new Person(sender, sender), GiftId = giftId, Quantity = quantity, At = At.AddSeconds(seconds) });

    private static SettledGift Gift(long batch, int order) => new(
        new Guid((int)batch, (short)(order % 10_000), (short)(order / 10_000), 0, 0, 0, 0, 0, 0, 0, 0),
        "room", new Person("ana", "Ana"), "rose", 1, 5, batch, order, At);
}
