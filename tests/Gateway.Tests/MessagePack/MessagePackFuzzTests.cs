using System.Buffers;
using LiveCommerce.Gateway.MessagePack;
using LiveCommerce.Gateway.Rooms;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace LiveCommerce.Gateway.Tests.MessagePack;

/// <summary>Whatever comes: a message, a call that is refused, or the one typed exception; and no more memory than a message may cost.</summary>
public sealed class MessagePackFuzzTests
{
    private const int BytesMax = 32 * 1024;

    /// <summary>An exception with its stack is the dearest answer to a short frame, and the pool of arrays may just have let go of its own.</summary>
    private const int AllocatedMax = (64 + 16) * 1024;

    private static readonly MessagePackHubProtocol Protocol = new(BytesMax);
    private static readonly TestBinder Binder = new();

    // What each type looks like is made out once; that is not what a frame costs.
    static MessagePackFuzzTests()
    {
        foreach (var frame in GoldenFrames.All) { MessagePackHubProtocolTests.ParseOne(frame); }
    }

    public static TheoryData<string> Frames => [.. GoldenFrames.All];

    [Theory]
    [MemberData(nameof(Frames))]
    public void EveryPrefix_WaitsForTheRest(string frame)
    {
        var bytes = GoldenFrames.Bytes(frame);
        for (var length = 0; length < bytes.Length; length++)
        {
            var input = new ReadOnlySequence<byte>(bytes, 0, length);
            Assert.False(Protocol.TryParseMessage(ref input, Binder, out _));
            Assert.Equal(length, input.Length);
        }
    }

    [Theory]
    [MemberData(nameof(Frames))]
    public void EveryBodyCutShort_IsATypedFailure(string frame)
    {
        var bytes = GoldenFrames.Bytes(frame);
        for (var length = 0; length < bytes.Length - 1; length++)
        {
            byte[] cut = [(byte)length, .. bytes[1..(1 + length)]];
            Assert.True(Feed(cut) is null or InvocationBindingFailureMessage or StreamBindingFailureMessage, $"cut to {length} bytes");
        }
    }

    [Theory]
    [MemberData(nameof(Frames))]
    public void EveryMutationOfOneByte_IsAMessageOrATypedFailure(string frame)
    {
        var bytes = GoldenFrames.Bytes(frame);
        for (var at = 0; at < bytes.Length; at++)
        {
            var mutated = bytes.ToArray();
            for (var value = 0; value <= byte.MaxValue; value++)
            {
                mutated[at] = (byte)value;
                Feed(mutated);
            }
        }
    }

    [Fact]
    public void RandomBytes_AreAMessageOrATypedFailure()
    {
        var random = new Random(4);
        for (var round = 0; round < 50_000; round++)
        {
            var bytes = new byte[random.Next(1, 120)];
            random.NextBytes(bytes);
            if (round % 2 == 0) { bytes[0] = (byte)(bytes.Length - 1); }
            if (round % 4 == 0 && bytes.Length > 3) { (bytes[1], bytes[2]) = ((byte)(0x90 | random.Next(16)), (byte)random.Next(1, 10)); }
            Feed(bytes);
        }
    }

    [Theory]
    [InlineData("91")]
    [InlineData("dc0001")]
    [InlineData("dd00000001")]
    [InlineData("81a161")]
    [InlineData("de0001a161")]
    public void NestingDeeperThanTheBound_IsATypedFailure(string level)
    {
        var head = Convert.FromHexString("960180c0a66d6574686f64");
        var step = Convert.FromHexString(level);
        foreach (var levels in (int[])[2, MessagePackLimits.DepthMax, 100, 5_000])
        {
            byte[] body = [.. head, .. Enumerable.Repeat(step, levels).SelectMany(bytes => bytes), 0x2a, 0x90];
            Assert.True(Feed(Framed(body)) is null or InvocationBindingFailureMessage);

            // Where nothing binds it, it is passed over: no deeper than anything else.
            var passed = Feed(Framed([0x92, 0x20, .. body[head.Length..^1]]));
            Assert.Equal(levels < MessagePackLimits.DepthMax, passed is not null);
        }
    }

    [Theory]
    [InlineData("dbffffffff")]
    [InlineData("db7fffffff")]
    [InlineData("d9ff")]
    [InlineData("c6ffffffff")]
    [InlineData("c67fffffff")]
    [InlineData("c9ffffffff01")]
    [InlineData("ddffffffff")]
    [InlineData("dd7fffffff")]
    [InlineData("dcffff")]
    [InlineData("dfffffffff")]
    [InlineData("df7fffffff")]
    [InlineData("deffff")]
    public void LengthThatIsOnlyDeclared_CostsNoMemory(string value)
    {
        byte[] declared = Convert.FromHexString(value);
        byte[][] bodies =
        [
            [.. declared, 0x01],
            [0x96, 0x01, .. declared, 0x01],
            [0x96, 0x01, 0x80, .. declared, 0x01],
            [0x96, 0x01, 0x80, 0xc0, 0xa6, .. "method"u8, .. declared, 0x01],
            [0x96, 0x01, 0x80, 0xc0, 0xa6, .. "method"u8, 0x91, .. declared, 0x01],
            [0x96, 0x01, 0x80, 0xc0, 0xa6, .. "method"u8, 0x91, 0x2a, .. declared, 0x01],
            [0x96, 0x01, 0x80, 0xc0, 0xa5, .. "batch"u8, 0x91, 0x81, 0xa6, .. "events"u8, .. declared, 0x01],
            [0x95, 0x03, 0x80, 0xa3, .. "xyz"u8, 0x03, .. declared, 0x01],
            [0x93, 0x20, .. declared, 0x01],
        ];

        foreach (var body in bodies) { Assert.True(Feed(Framed(body)) is null or InvocationBindingFailureMessage); }
    }

    /// <summary>Gives it to the protocol.</summary>
    /// <returns>The message; null when it was refused by the typed exception, or waits for more.</returns>
    private static HubMessage? Feed(byte[] frame)
    {
        var input = new ReadOnlySequence<byte>(frame);
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            return Protocol.TryParseMessage(ref input, Binder, out var message) ? message : null;
        }
        catch (UnreadableException)
        {
            return null;
        }
        finally
        {
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, AllocatedMax + (2 * frame.Length));
        }
    }

    private static byte[] Framed(byte[] body) => body.Length <= 0x7f
        ? [(byte)body.Length, .. body]
        : [(byte)(0x80 | (body.Length & 0x7f)), (byte)(0x80 | ((body.Length >> 7) & 0x7f)), (byte)(body.Length >> 14), .. body];
}
