using LiveCommerce.Silo.Rooms;

namespace LiveCommerce.Silo.Tests.Rooms;

public sealed class DistinctCountTests
{
    [Fact]
    public void FewPeople_AreCountedExactlyAndOnce()
    {
        var count = new DistinctCount();
        for (var i = 1; i <= DistinctCount.ExactMax; i++)
        {
            Assert.True(count.Add($"person {i}"));
            Assert.False(count.Add($"person {i}"));
            Assert.Equal(i, count.Count);
        }
    }

    [Theory]
    [InlineData(513)]
    [InlineData(2_000)]
    [InlineData(10_000)]
    [InlineData(100_000)]
    [InlineData(1_000_000)]
    public void ManyPeople_AreEstimatedWithinFiveInAHundred(int people)
    {
        var count = new DistinctCount();
        var before = 0;
        for (var i = 0; i < people; i++)
        {
            count.Add(Convert.ToHexStringLower(BitConverter.GetBytes(i * 2_654_435_761L)));
            Assert.True(count.Count >= before, "The count fell.");
            before = count.Count;
        }

        Assert.InRange(count.Count, people * 0.95, people * 1.05);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(512)]
    [InlineData(5_000)]
    public void WhatIsStored_CountsOnAsBefore(int people)
    {
        var count = new DistinctCount();
        for (var i = 0; i < people; i++) { count.Add($"person {i}"); }

        var restored = DistinctCount.Load(count.Save());

        Assert.Equal(count.Count, restored.Count);
        for (var i = 0; i < people; i++) { Assert.False(restored.Add($"person {i}")); }
        Assert.True(count.Save().Length <= DistinctCount.ExactMax * 8 + 1);
    }

    [Fact]
    public void NothingStored_IsNobody()
    {
        Assert.Equal(0, DistinctCount.Load(null).Count);
        Assert.Equal(0, DistinctCount.Load([]).Count);
    }
}
