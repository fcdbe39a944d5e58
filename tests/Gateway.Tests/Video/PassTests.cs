using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Rooms;
using LiveCommerce.Gateway.Video.Passes;

namespace LiveCommerce.Gateway.Tests.Video;

/// <summary>What passes and invitations promise whoever tries to make one.</summary>
public sealed class PassTests
{
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    private static readonly DateTimeOffset Now = new(2026, 5, 4, 3, 2, 1, TimeSpan.Zero);
    private static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(number => (byte)number)];
    private static readonly Pass Ana = new(VideoHost.NewId(), VideoHost.NewId(), false, Now.AddSeconds(60));

    [Fact]
    public void Pass_IsReadAsItWasWritten_UntilItsTimeIsOver()
    {
        var text = Write(Ana);

        Assert.Equal(Pass.Length, text.Length);
        Assert.Equal(Ana, Read(text, Now));
        Assert.Equal(Ana, Read(text, Now.AddSeconds(59)));
        Assert.Null(Read(text, Now.AddSeconds(60)));
        Assert.Equal(Ana with { Moderates = true }, Read(Write(Ana with { Moderates = true }), Now));
        Assert.DoesNotContain(text, Ana.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void PassWithAnyLetterChanged_IsNone()
    {
        var text = Write(Ana);
        for (var place = 0; place < text.Length; place++)
        {
            foreach (var letter in Letters.Where(letter => letter != text[place]))
            {
                Assert.Null(Read(string.Concat(text.AsSpan(0, place), letter.ToString(), text.AsSpan(place + 1)), Now));
            }
        }
    }

    [Fact]
    public void PassWithAnyBitOfWhatIsSignedChanged_IsNone_AlsoOneThatNobodySigned()
    {
        Assert.True(Pass.TrySplit(Write(Ana), out var signed, out var mac));
        for (var bit = 0; bit < signed.Length * 8; bit++)
        {
            var changed = (byte[])signed.Clone();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Null(Pass.Read(changed, mac, SigningKeys.Sign(Key, Pass.Purpose, changed), Now));
        }

        Assert.Null(Pass.Read(signed, mac, SigningKeys.Sign([.. Key.Reverse()], Pass.Purpose, signed), Now));
        Assert.Null(Pass.Read(signed, mac, SigningKeys.Sign(Key, "another purpose", signed), Now));
    }

    [Theory]
    [InlineData("")]
    [InlineData("~")]
    [InlineData("AAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA +/")]
    public void WhatIsNoPass_IsNone(string text) => Assert.False(Pass.TrySplit(text, out _, out _));

    [Fact]
    public async Task Invitation_IsReadInItsOwnRoomOnly_AndWithNoLetterChanged()
    {
        var (signer, room, link) = (new TestSigner(), VideoHost.NewId(), VideoHost.NewId());
        var code = await InvitationCode.WriteAsync(signer, room, link, default);

        Assert.Equal(InvitationCode.Length, code.Length);
        Assert.Equal(link, await InvitationCode.ReadAsync(signer, room, code, default));
        Assert.Null(await InvitationCode.ReadAsync(signer, VideoHost.NewId(), code, default));
        Assert.Null(await InvitationCode.ReadAsync(signer, room, null, default));
        for (var place = 0; place < code.Length; place++)
        {
            foreach (var letter in Letters.Where(letter => letter != code[place]))
            {
                Assert.Null(await InvitationCode.ReadAsync(signer, room, string.Concat(code.AsSpan(0, place), letter.ToString(), code.AsSpan(place + 1)), default));
            }
        }
    }

    private static string Write(Pass pass) => Pass.Write(pass.ToBytes(), SigningKeys.Sign(Key, Pass.Purpose, pass.ToBytes()));

    private static Pass? Read(string text, DateTimeOffset now) =>
        Pass.TrySplit(text, out var signed, out var mac) ? Pass.Read(signed, mac, SigningKeys.Sign(Key, Pass.Purpose, signed), now) : null;
}
