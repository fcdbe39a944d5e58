using System.Linq.Expressions;
using System.Reflection;
using System.Text;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace LiveCommerce.Gateway.MessagePack;

/// <summary>One member of a record, as JSON's metadata describe it.</summary>
internal abstract class RecordMember<T>
{
    protected RecordMember(JsonPropertyInfo property)
    {
        if (property.IsExtensionData || property.CustomConverter is not null)
        {
            throw new NotSupportedException($"{typeof(T)}.{property.Name} is written in a way of its own.");
        }

        Name = property.Name;
        NameBytes = Encoding.UTF8.GetBytes(property.Name);
        Parameter = property.AssociatedParameter;
        Set = Parameter is null ? property.Set : null;
        IsWritten = property.Get is not null;
        IsRead = Parameter is not null || property.Set is not null;
        IsRequired = property.IsRequired;
        MayBeNull = Parameter?.IsNullable ?? property.IsSetNullable;
        Default = Parameter switch
        {
            { HasDefaultValue: true, DefaultValue: { } value } => value,
            { ParameterType: { IsValueType: true } type } => Activator.CreateInstance(type),
            _ => null,
        };
        MayBeLeftOut = Rule(property) == JsonIgnoreCondition.WhenWritingNull;
        if (property.ShouldSerialize is not null && !MayBeLeftOut)
        {
            throw new NotSupportedException($"{typeof(T)}.{property.Name} is left out by a rule that the wire does not have.");
        }
    }

    public string Name { get; }

    public byte[] NameBytes { get; }

    public bool IsWritten { get; }

    public bool IsRead { get; }

    public bool IsRequired { get; }

    /// <summary>The parameter of the constructor that it fills; null when it is set afterwards.</summary>
    public JsonParameterInfo? Parameter { get; }

    /// <summary>Sets it on what was constructed; null when the constructor has it.</summary>
    public Action<object, object?>? Set { get; }

    /// <summary>What it is when it does not come.</summary>
    public object? Default { get; }

    /// <summary>Not written when it is null.</summary>
    public bool MayBeLeftOut { get; }

    protected bool MayBeNull { get; }

    /// <summary>Not on the wire at all.</summary>
    public static bool IsIgnored(JsonPropertyInfo property) => Rule(property) == JsonIgnoreCondition.Always;

    public static RecordMember<T> Of(JsonPropertyInfo property) =>
        (RecordMember<T>)Activator.CreateInstance(typeof(RecordMember<,>).MakeGenericType(typeof(T), property.PropertyType), property)!;

    public abstract bool IsLeftOut(T owner);

    /// <summary>Writes name and value, or nothing.</summary>
    /// <returns>False when it was left out.</returns>
    public abstract bool TryWrite(ref MessagePackWriter writer, T owner);

    public abstract object? Read(ref MessagePackReader reader);

    private static JsonIgnoreCondition Rule(JsonPropertyInfo property) =>
        property.AttributeProvider?.GetCustomAttributes(typeof(JsonIgnoreAttribute), inherit: true).OfType<JsonIgnoreAttribute>().FirstOrDefault()?.Condition
        ?? JsonIgnoreCondition.Never;
}

/// <inheritdoc/>
internal sealed class RecordMember<T, TValue> : RecordMember<T>
{
    private readonly byte[] _encodedName;
    private readonly Func<T, TValue?>? _get;
    private readonly bool _isGetNullable;
    private WireConverter<TValue>? _converter;

    public RecordMember(JsonPropertyInfo property)
        : base(property)
    {
        var writer = new MessagePackWriter(64);
        writer.WriteText(NameBytes);
        _encodedName = writer.Written.ToArray();
        writer.Dispose();
        _isGetNullable = property.IsGetNullable;
        if (!IsWritten) { return; }
        var owner = Expression.Parameter(typeof(T));
        _get = property.AttributeProvider is MemberInfo member
            ? Expression.Lambda<Func<T, TValue?>>(Expression.MakeMemberAccess(owner, member), owner).Compile()
            : throw new NotSupportedException($"{typeof(T)}.{property.Name} is no member.");
    }

    // Asked for late: a record may hold its own kind.
    private WireConverter<TValue> Converter => _converter ??= WireMessagePack.Of<TValue>();

    public override bool IsLeftOut(T owner) => MayBeLeftOut && _get!(owner) is null;

    public override bool TryWrite(ref MessagePackWriter writer, T owner)
    {
        var value = _get!(owner);
        if (value is null)
        {
            if (MayBeLeftOut) { return false; }
            if (!_isGetNullable) { throw new InvalidOperationException($"{typeof(T)}.{Name} is null."); }
        }

        writer.WriteRaw(_encodedName);
        Converter.WriteOrNil(ref writer, value);
        return true;
    }

    public override object? Read(ref MessagePackReader reader)
    {
        object? value = Converter.ReadOrNil(ref reader);
        return value is not null || MayBeNull ? value : throw new UnreadableException("null where something must be");
    }
}
